"""A transcript of two recordings that overlap, written for these tests."""

from __future__ import annotations

from llama_index.core.schema import Document

from pipelines.document import Section, make_document
from storage.readers.transcript import transcript_sections

# Twelve sentences as they were said.
SAID = [
    "今日は河川に設けられた堰の歴史についてお話しします。",
    "江戸時代の初めには石を積んだ斜めの堰が多く造られました。",
    "魚が遡上できるように一部を低くした切り欠きもありました。",
    "明治に入るとコンクリートで固めた堰が各地に広がります。",
    "その結果アユの漁獲量が三割ほど減ったという記録があります。",
    "そこで近年は部分的に切り下げる工事が試みられています。",
    "費用は全体の改修に比べて十分の一ほどで済みます。",
    "工事のあとに砂が下流へ流れて川底の形が変わりました。",
    "瀬と淵がもどりカジカやヨシノボリが増えたそうです。",
    "ただし農業用水の取水口では水位が下がる心配があります。",
    "住民との話し合いには二年半の時間がかかりました。",
    "来週はこの事例の調査結果をグラフで確かめましょう。",
]
# What the second recording heard otherwise: by the sentence's number.
OTHERWISE = {
    2: "魚が遡上できるように一部を低くし 切り欠きもありまた。",
    4: "その結果鮎の漁獲量が三割ほど減ったという記録があります。",
    7: "工事のあと砂が下流へ流れて川底の型が変わりました。",
}


def transcript(*recordings: tuple[str, str, list[tuple[str, float, float, str]]]) -> Document:
    """A document of recordings (title, id, turns of speaker, start, end and text)."""
    text = "".join(
        f"## 📝 {title} - {id_}\n\n"
        + "".join(
            f"🎤 {who} [{start:g}s - {end:g}s]\n{said}\n\n" for who, start, end, said in turns
        )
        for title, id_, turns in recordings
    )
    sections = [Section(*section) for section in transcript_sections(text)[0]]
    return make_document(text, "lecture.md", sections)


def overlapping() -> Document:
    """Sentences 0–8 in one recording, 2–11 (three of them misheard) in another one."""
    second = [OTHERWISE.get(number, said) for number, said in enumerate(SAID)]
    return transcript(
        (
            "前半",
            "a1b2c3d4",
            [("A", 0, 30, "".join(SAID[:3])), ("B", 30, 90, "".join(SAID[3:9]))],
        ),
        (
            "後半",
            "e5f6a7b8",
            [("X", 0, 40, "".join(second[2:6])), ("Y", 40, 100, "".join(second[6:12]))],
        ),
    )
