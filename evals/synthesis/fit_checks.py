"""Whether a question asks for its answer, by its words alone; no model is asked."""

from __future__ import annotations

import re

from evals.synthesis.candidates import Candidate
from evals.synthesis.draft_question import question_word
from evals.synthesis.rejection import RejectedError
from evals.synthesis.telling_words import nouns
from evals.synthesis.writing import Written
from pipelines.japanese.numbers import numbers_in

# What may ask for an answer whose question word is the key's.
_ASKING_JA = {
    "誰": "誰|だれ|どなた|何|どの",
    "どこ": "どこ|どちら|何|なに|どの",
    "何": "何|なに|なん|どの|どれ|どんな|どちら",
}
_ASKING_NUMBER = (
    "何|なん|いくつ|いくら|どれくらい|どれぐらい|どのくらい|どのぐらい|どの程度|どれだけ|どの"
)
_ASKING_TIME = f"{_ASKING_NUMBER}|いつ"
_TIME = re.compile(r"[年月日時分秒]|曜|昨|翌|世紀")
_WHO = re.compile("誰|だれ|なぜ|どうして")
_ASKING_EN = re.compile(r"\b(?:who|whose|whom|where|why|how|what|which|when)\b", re.IGNORECASE)
_WHO_EN = re.compile(r"^(?:who|whose|where|why)\b", re.IGNORECASE)


def check_asks(candidate: Candidate, written: Written) -> None:
    """Nothing if the question asks for the kind of thing that the answer is.

    Raises:
        RejectedError: It has no question word, or one for something else: 誰 for 三十一名.
    """
    question, answer = written.question, written.answer
    if candidate.passage.language == "ja":
        word = question_word(answer)
        asking = _ASKING_JA.get(word)
        if asking is None:
            asking = _ASKING_TIME if _TIME.search(answer) else _ASKING_NUMBER
        fits = re.search(asking, question) is not None
        if word != "誰":
            fits = fits and _WHO.search(question) is None
    else:
        word = "a number" if any(letter.isdigit() for letter in answer) else "anything"
        fits = _ASKING_EN.search(question) is not None
        if word == "a number":
            fits = fits and _WHO_EN.search(question) is None
    if not fits:
        raise RejectedError("asks_otherwise", f"it does not ask for {word}: {question} – {answer}")


def check_about_sentence(candidate: Candidate, written: Written) -> None:
    """Nothing if the question is about its sentence and states no number from elsewhere.

    Raises:
        RejectedError: It has no noun of the sentence, or a number that stands neither in the
            passage nor in its heading.
    """
    passage = candidate.passage
    asked = nouns(written.question)
    shown = candidate.sentence.shown
    if not asked & nouns(shown):
        raise RejectedError(
            "off_sentence", f"no noun of the sentence is in it: {written.question} – {shown}"
        )
    told = " ".join([passage.place, *(sentence.shown for sentence in passage.sentences)])
    foreign = numbers_in(written.question) - numbers_in(told, loose=True)
    if foreign:
        raise RejectedError("foreign", f"{min(foreign)} is not in the passage: {written.question}")
