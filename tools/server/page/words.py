"""What the page says, in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.server.failures import ApiError

Language = Literal["ja", "en"]


@dataclass(frozen=True)
class Words:
    """One language; texts with {…} are formatted where they are shown."""

    language: Language
    other: Language
    switch: str
    chat: str
    documents: str
    reports: str
    log_out: str
    log_in: str
    token: str
    wrong_token: str
    token_is: str
    config: str
    collection: str
    question: str
    ask_hint: str
    send: str
    stop: str
    again: str
    new_chat: str
    you: str
    answer: str
    queued: str
    reading: str
    writing: str
    stopped: str
    refused: str
    empty: str
    no_documents: str
    sources: str
    open_passage: str
    close: str
    earlier: str
    later: str
    passage_gone: str
    passage_web: str
    seconds: str
    withdrawn: str
    add_files: str
    pick: str
    picked: str
    limits: str
    into: str
    into_hint: str
    ingest: str
    cancel: str
    remove: str
    nothing_staged: str
    ingesting: str
    ingest_reading: str
    ingest_embedding: str
    ingest_indexing: str
    ingested: str
    ingest_stopped: str
    not_read: str
    upload_failed: str
    upload_rejected: str
    in_collection: str
    document_size: str
    no_reports: str
    report_opens: str
    queue_full: str
    closing: str
    deadline_passed: str
    collection_not_found: str
    failed: str
    ingest_running: str
    writer_busy: str
    other_error: str

    def error(self, error: ApiError) -> str:
        """What went wrong, for a person; the server's own words where there are no others."""
        known = {
            "queue_full": self.queue_full.format(seconds=error.headers.get("Retry-After", "?")),
            "closing": self.closing,
            "deadline_passed": self.deadline_passed,
            "collection_not_found": self.collection_not_found,
            "failed": self.failed,
            "ingest_running": self.ingest_running,
            "busy": self.writer_busy,
        }
        said = known.get(error.code)
        detail = error.record["error"]["message"]
        if said is None:
            return self.other_error.format(detail=detail)
        # The number under which the log has the reason stands in the message alone.
        return f"{said} ({detail})" if error.code == "failed" else said


ENGLISH = Words(
    language="en",
    other="ja",
    switch="日本語",
    chat="Chat",
    documents="Documents",
    reports="Evaluations",
    log_out="Log out",
    log_in="Log in",
    token="Token",
    wrong_token="That is not the token of this server.",
    token_is="It is what the server was started with, in YOMITOKI_TOKEN or --token.",
    config="Config",
    collection="Collection",
    question="Your question",
    ask_hint="Enter sends, Shift+Enter begins a new line",
    send="Ask",
    stop="Stop",
    again="Ask again",
    new_chat="New conversation",
    you="You",
    answer="Answer",
    queued="Waiting for other answers ({seconds} s)",
    reading="Reading the documents ({seconds} s)",
    writing="Writing",
    stopped="Stopped.",
    refused="The documents do not tell.",
    empty="Ask your documents. Answers name the passages that they rest on: open one to check it.",
    no_documents="There are no documents yet: add some under Documents.",
    sources="Sources",
    open_passage="Open passage {n}: {label}",
    close="Close",
    earlier="Show what comes before",
    later="Show what comes after",
    passage_gone="The document has changed since. This is the passage as it was found:",
    passage_web="From the web; this is the text that was found:",
    seconds="{seconds} s",
    withdrawn="What was written first held a number that no passage has, and was withdrawn.",
    add_files="Add documents",
    pick="Choose files",
    picked="Ready to be read",
    limits="At most {size} MB a file: {types}",
    into="Into the collection",
    into_hint="A name that is new makes a new one",
    ingest="Read them in",
    cancel="Cancel",
    remove="Remove {name}",
    nothing_staged="Choose files first.",
    ingesting="Reading {files} files into {collection}",
    ingest_reading="opening files",
    ingest_embedding="{documents} of {files} files, {nodes} passages, {embeddings} vectors",
    ingest_indexing="building the index: {done} of {total}",
    ingested="{collection}: {added} added, {changed} changed, {unchanged} unchanged, "
    "{failed} not read; {nodes} passages, {seconds} s",
    ingest_stopped="Cancelled; what was stored until then stays.",
    not_read="Not read",
    upload_failed="{name} was not taken: {reason}",
    upload_rejected="{count} of the files are too large or of another type, and were not taken",
    in_collection="In {collection}",
    document_size="{chars} characters, {nodes} passages",
    no_reports="There are none yet: python main.py eval run SUITE.yaml makes one.",
    report_opens="Opens in a new tab, closed off from this page.",
    queue_full="The server is busy: too many questions wait. Try again in {seconds} seconds.",
    closing="The server is shutting down.",
    deadline_passed="It took too long and was given up.",
    collection_not_found="That collection is not there, or it holds no documents.",
    failed="It failed.",
    ingest_running="Files are being read in already: wait until that has ended.",
    writer_busy="Another program is writing to this collection: wait until it has ended.",
    other_error="It did not work: {detail}",
)

JAPANESE = Words(
    language="ja",
    other="en",
    switch="English",
    chat="質問",
    documents="文書",
    reports="評価",
    log_out="ログアウト",
    log_in="ログイン",
    token="トークン",
    wrong_token="このサーバーのトークンではありません。",
    token_is="サーバーの起動時に YOMITOKI_TOKEN か --token で指定した値です。",
    config="設定",
    collection="コレクション",
    question="質問",
    ask_hint="Enter で送信、Shift+Enter で改行",
    send="質問する",
    stop="停止",
    again="もう一度質問する",
    new_chat="新しい会話",
    you="あなた",
    answer="回答",
    queued="ほかの回答を待っています（{seconds} 秒）",
    reading="文書を読んでいます（{seconds} 秒）",
    writing="書いています",
    stopped="停止しました。",
    refused="文書には書かれていません。",
    empty="文書に質問してください。回答には根拠の箇所が付きます。開いて確かめられます。",
    no_documents="文書がまだありません。「文書」から追加してください。",
    sources="出典",
    open_passage="箇所 {n} を開く: {label}",
    close="閉じる",
    earlier="前を表示",
    later="続きを表示",
    passage_gone="文書がその後変わっています。見つかったときの箇所です。",
    passage_web="ウェブから見つかった文です。",
    seconds="{seconds} 秒",
    withdrawn="先に書かれた文には出典にない数があったため、取り消しました。",
    add_files="文書を追加",
    pick="ファイルを選ぶ",
    picked="読み込み待ち",
    limits="1 ファイル {size} MB まで: {types}",
    into="読み込み先のコレクション",
    into_hint="新しい名前を書くと新しく作られます",
    ingest="読み込む",
    cancel="中止",
    remove="{name} を外す",
    nothing_staged="先にファイルを選んでください。",
    ingesting="{files} ファイルを {collection} に読み込んでいます",
    ingest_reading="ファイルを開いています",
    ingest_embedding="{files} ファイル中 {documents}、{nodes} 箇所、ベクトル {embeddings} 個",
    ingest_indexing="索引を作っています: {total} 中 {done}",
    ingested="{collection}: 追加 {added}、変更 {changed}、変更なし {unchanged}、"
    "読めなかったもの {failed}。{nodes} 箇所、{seconds} 秒",
    ingest_stopped="中止しました。それまでに保存されたものは残ります。",
    not_read="読めなかったファイル",
    upload_failed="{name} は受け取れませんでした: {reason}",
    upload_rejected="大きすぎるか種類が違うため、受け取れないファイルが {count} 個あります。",
    in_collection="{collection} の文書",
    document_size="{chars} 文字、{nodes} 箇所",
    no_reports="まだありません。python main.py eval run SUITE.yaml で作られます。",
    report_opens="このページから切り離された新しいタブで開きます。",
    queue_full="混み合っています。{seconds} 秒ほどしてからもう一度質問してください。",
    closing="サーバーは終了するところです。",
    deadline_passed="時間がかかりすぎたため、打ち切りました。",
    collection_not_found="そのコレクションがないか、文書が入っていません。",
    failed="失敗しました。",
    ingest_running="ほかの読み込みが進んでいます。終わるまでお待ちください。",
    writer_busy="ほかのプログラムがこのコレクションに書き込んでいます。終わるまでお待ちください。",
    other_error="できませんでした: {detail}",
)

WORDS: dict[str, Words] = {"ja": JAPANESE, "en": ENGLISH}


def accepted(header: str) -> Words:
    """The first language of an Accept-Language header that the page has; English if none is.

    The order of the header counts, which browsers write by preference, not its weights.
    """
    for part in header.split(","):
        language = part.partition(";")[0].strip().lower().partition("-")[0]
        if language in WORDS:
            return WORDS[language]
    return ENGLISH
