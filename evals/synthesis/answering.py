"""What the model answers to an open question, with its passage and without it."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage

from evals.metrics.character_f1 import character_f1
from evals.synthesis.language import Language
from evals.synthesis.passages import Passage
from evals.synthesis.prompts import GUESS, READ
from evals.synthesis.rejection import RejectedError
from evals.synthesis.spellings import spellings
from evals.synthesis.wording_checks import stands_in
from evals.synthesis.writing import Written, one_line
from pipelines.generating import generate
from pipelines.llms.protocol import ChoiceLLM

ANSWER_TOKENS = 48
# A part of the answer, or the answer with a word more, is the same answer from here on.
SAME_ANSWER = 0.7


def check_read_back(llm: ChoiceLLM, passage: Passage, written: Written) -> str:
    """What the model answers with the passage: what the question was written for.

    Raises:
        RejectedError: It is another one, so the question asks for something else.
        YomitokiError: The model failed.

    Source: the roundtrip consistency of Alberti et al. 2019, "Synthetic QA Corpora Generation with
    Roundtrip Consistency".
    """
    messages = READ[passage.language].messages(
        place=passage.place,
        passage="\n".join(sentence.shown for sentence in passage.sentences),
        question=written.question,
    )
    said = _said(llm, messages)
    same = character_f1(said, spellings(written.answer)) >= SAME_ANSWER
    if not same and not stands_in(written.answer, said):
        raise RejectedError(
            "not_read_back", f"{written.question} – {written.answer}; read in the passage: {said}"
        )
    return said


def check_not_known(llm: ChoiceLLM, written: Written, language: Language) -> str:
    """What the model guesses without the passage: something else than the answer.

    Raises:
        RejectedError: It guesses right, as `alias_match` tells.
        YomitokiError: The model failed.
    """
    said = _said(llm, GUESS[language].messages(question=written.question))
    if stands_in(written.answer, said):
        raise RejectedError(
            "closed_book", f"{written.question} – {written.answer}; without the passage: {said}"
        )
    return said


def _said(llm: ChoiceLLM, messages: Sequence[ChatMessage]) -> str:
    return one_line(generate(llm, messages, max_new_tokens=ANSWER_TOKENS, temperature=0.0).text)
