"""What the model writes: a question for an answer, and wrong options for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from evals.synthesis.candidates import Candidate
from evals.synthesis.draft_question import draft_question
from evals.synthesis.lengths import Length
from evals.synthesis.prompts import DISTRACT, EXAMPLES, WRITE, Example
from evals.synthesis.rejection import RejectedError
from pipelines.generating import generate
from pipelines.japanese.variants import forms_of
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import inert
from pipelines.written_list import read_list, says_something

QUESTION_TOKENS = 80
OPTIONS_TOKENS = 160
# Without it a small model writes one option six times.
NO_REPEATS = 1.15
# More than are needed: some are the right answer in other words, or stand in the sentence.
WRITTEN_OPTIONS = 6
# Sentences before the one that is asked about. More of them, and a small model asks about them.
BEFORE = 3
_LABEL = re.compile(r"^(?:質問|問題|Question|Q)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_ASKS = re.compile(r"(?:[?？]|か[。.]?)$")
_TWO = re.compile(r"[。?？!！].")


@dataclass(frozen=True)
class Written:
    """A question on one line and its short answer."""

    question: str
    answer: str


def write_question(llm: ChoiceLLM, candidate: Candidate, length: Length) -> Written:
    """A question for the candidate's answer, written greedily in the passage's language.

    The model sees the sentence with the answer in brackets, what stands before it, in Japanese also
    the sentence turned into a question by rule, and examples of about the length that is wanted.
    Chinese forms of kanji that it slips in are written as the passage writes them.

    Raises:
        RejectedError: It wrote no question.
        YomitokiError: It failed.
    """
    passage = candidate.passage
    prompt = WRITE[passage.language]

    def turn(place: str, before: str, sentence: str, answer: str) -> ChatMessage:
        marked = sentence.replace(answer, f"【{answer}】", 1)
        filled = prompt.user.format(
            place=place, before=before, marked=marked, low=length.low, high=length.high,
            draft=draft_question(sentence, answer) if passage.language == "ja" else "",
        )  # fmt: skip
        return ChatMessage(content=filled)

    messages = [ChatMessage(role=MessageRole.SYSTEM, content=prompt.system)]
    for example in EXAMPLES[passage.language]:
        messages += [
            turn(example.place, example.before, example.sentence, example.answer),
            ChatMessage(role=MessageRole.ASSISTANT, content=nearest(example.questions, length)),
        ]
    first = max(0, candidate.asked - BEFORE)
    before = " ".join(one.shown for one in passage.sentences[first : candidate.asked])
    messages.append(turn(passage.place, before, candidate.sentence.shown, candidate.answer))
    completion = generate(llm, messages, max_new_tokens=QUESTION_TOKENS, temperature=0.0)
    line = one_line(completion.text.strip().split("\n")[0])
    question = forms_of(passage.text)(_LABEL.sub("", line))
    asks = _ASKS.search(question) and not _TWO.search(question)
    if completion.cut or not says_something(question) or not asks:
        raise RejectedError("unreadable", f"not one question: {question[:80]}")
    return Written(question, candidate.answer)


def nearest(questions: Sequence[str], length: Length) -> str:
    """The question that is nearest in length to the middle of a bucket."""
    middle = (length.low + length.high) / 2
    return min(questions, key=lambda question: abs(len(question) - middle))


def write_wrong_options(llm: ChoiceLLM, candidate: Candidate, written: Written) -> list[str]:
    """Up to six wrong options, in the order in which the model wrote them.

    Raises:
        YomitokiError: It failed.
    """
    language = candidate.passage.language
    prompt = DISTRACT[language]

    def turn(question: str, answer: str) -> ChatMessage:
        return ChatMessage(
            content=prompt.user.format(question=question, answer=answer, count=WRITTEN_OPTIONS)
        )

    messages = [ChatMessage(role=MessageRole.SYSTEM, content=prompt.system)]
    for example in EXAMPLES[language]:
        messages += [
            turn(example.questions[0], example.answer),
            ChatMessage(role=MessageRole.ASSISTANT, content=_listed(example)),
        ]
    messages.append(turn(written.question, written.answer))
    text = generate(
        llm, messages, max_new_tokens=OPTIONS_TOKENS, temperature=0.0,
        repetition_penalty=NO_REPEATS,
    ).text  # fmt: skip
    form = forms_of(candidate.passage.text)
    return [form(one_line(option)) for option in read_list(inert(text))][:WRITTEN_OPTIONS]


def _listed(example: Example) -> str:
    return "\n".join(f"{n}. {wrong}" for n, wrong in enumerate(example.wrong, start=1))


def one_line(text: str) -> str:
    """The text without control characters and line ends."""
    return " ".join(inert(text).split())
