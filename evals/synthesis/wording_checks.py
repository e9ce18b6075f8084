"""What the words of a question and its answer alone say against it; no model is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evals.metrics.alias_match import alias_match
from evals.synthesis.language import Language, is_written_in, language_of
from evals.synthesis.lengths import Length, length_of
from evals.synthesis.passages import Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.spellings import spellings
from evals.synthesis.telling_words import TellingWords
from pipelines.japanese.tokens import morphemes, unified

LEAST_TELLING = 2

_PASSAGE_JA = re.compile(
    r"文章|本文|一節|段落|抜粋|(?:この|その|上の|次の|前の|例)文|文[A-Z]|[A-Z]の文"
    r"|(?<![一-龠ァ-ヶー])(?:資料|文書|記事|テキスト)|(?:上記|下記|前述|上述|以下|冒頭)(?:の|で|に)"
)
_PASSAGE_EN = re.compile(
    r"\b(?:passage|excerpt|paragraph|(?:the|this|given|above) (?:text|sentence|article|document"
    r"|material|section)|sentence [a-z]\b|mentioned above|described above|as stated)",
    re.IGNORECASE,
)
# Words that only a reader of the passage can resolve; as whole morphemes, so that ことの is none.
_POINTING = re.compile(
    "[こそあ]の|[こそあ]れ|[こそ]れら|[こそ]こ|あそこ|[こそ]ちら|[こそあ]んな|[こそ]う"
    "|私|わたし|僕|我々|彼|彼女|彼ら|話者|筆者|著者"
    "|今日|本日|昨日|明日|今年|去年|昨年|来年|今月|先月|来月|今週|先週|来週|今回|前回|次回|先ほど|先程|さっき"
)
_UNNAMED_EN = re.compile(
    r"\b(?:this|these|those|the (?:speaker|author|writer|lecturer))\b"
    r"|\b(?:do|does|did|is|was|are|were|has|have|had|will|can|could|would|should|must) "
    r"(?:it|he|she|they|we|i|you|that)\b"
    r"|^.{0,25}\b(his|her|their|its|our|my|your)\b",
    re.IGNORECASE,
)
# What a recogniser's text leaves in a question that was not really written anew.
_SPOKEN = re.compile(
    r"ですね|ますね|っていう|っいう|えー|えっと|あの、|まあ、|けど|っけ|じゃあ?|んですが"
)
_PASSAGE = {"ja": _PASSAGE_JA, "en": _PASSAGE_EN}


def check_question(
    question: str, language: Language, wanted: Sequence[Length], lengths: Sequence[Length]
) -> Length:
    """The bucket of a question that makes sense without a passage.

    Args:
        question: One line.
        language: It must be written in it.
        wanted: The buckets that are not full.
        lengths: All buckets.

    Raises:
        RejectedError: It is in another language, of a length that is not wanted, or speaks of
            something that it does not name.
    """
    if not is_written_in(question, language):
        raise RejectedError("wrong_language", f"not written in {language}: {question}")
    if found := _PASSAGE[language].search(question):
        raise RejectedError("refers_to_passage", f"it speaks of {found[0]!r}: {question}")
    if unnamed := _unnamed(question, language):
        raise RejectedError("refers_to_passage", f"it does not name {unnamed!r}: {question}")
    if language == "ja" and (found := _SPOKEN.search(question)):
        raise RejectedError("spoken", f"{found[0]!r} is spoken: {question}")
    length = length_of(question, lengths)
    if length is None:
        raise RejectedError("length", f"{len(question)} characters are in no bucket: {question}")
    if length not in wanted:
        raise RejectedError(
            "length", f"{len(question)} characters: enough are {length.name}: {question}"
        )
    return length


def _unnamed(question: str, language: Language) -> str:
    """The first word that points at something without naming it, "" if there is none."""
    if language == "ja":
        surfaces = (str(morpheme.surface()) for morpheme in morphemes(unified(question)))
        return next((word for word in surfaces if _POINTING.fullmatch(word)), "")
    found = _UNNAMED_EN.search(question)
    return (found[1] or found[0]) if found else ""


def check_telling(question: str, passage_words: set[str], words: TellingWords) -> None:
    """Nothing if the question tells what it is about.

    Args:
        question: One line.
        passage_words: The telling words of the passage and its place.
        words: What words of these documents tell.

    Raises:
        RejectedError: It shares fewer than two telling words with its passage, or is in Japanese
            and has neither は nor が: its subject is then left out.
    """
    if language_of(question) == "ja" and not _has_subject(question):
        raise RejectedError("vague", f"it has no subject: {question}")
    shared = words.of(question) & passage_words
    if len(shared) < LEAST_TELLING:
        named = f"only {', '.join(sorted(shared))}" if shared else "no word"
        raise RejectedError("vague", f"{named} tells what it is about: {question}")


def _has_subject(question: str) -> bool:
    return any(
        morpheme.surface() in ("は", "が") and morpheme.part_of_speech()[0] == "助詞"
        for morpheme in morphemes(unified(question))
    )


def check_answer(question: str, answer: str) -> None:
    """Nothing if the question does not give its answer away.

    Raises:
        RejectedError: It does, in one of its spellings.
    """
    if alias_match(question, spellings(answer)):
        raise RejectedError("contains_answer", f"{question} – {answer}")


def check_support(answer: str, sentence: Sentence, text: str) -> None:
    """Nothing if the answer stands in its sentence, and that in the document.

    Args:
        answer: Compared as `alias_match` does; its numbers may be written otherwise.
        sentence: The supporting sentence.
        text: The document as it was read.

    Raises:
        RejectedError: It does not.
    """
    if not sentence.quote.strip() or text[sentence.start : sentence.end] != sentence.quote:
        raise RejectedError(
            "not_in_text", f"not at {sentence.start}–{sentence.end}: {sentence.quote}"
        )
    if not stands_in(answer, sentence.shown):
        raise RejectedError("unsupported", f"{answer} does not stand in: {sentence.shown}")


def stands_in(answer: str, text: str) -> bool:
    """Whether a text says an answer in one of its spellings, numbers in digits or in kanji."""
    accepted = spellings(answer)
    return any(alias_match(said, accepted) for said in spellings(text))
