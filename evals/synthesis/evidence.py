"""Which sentence of a passage supports an answer: a choice, read from the logits."""

from __future__ import annotations

from dataclasses import dataclass

from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.prompts import EVIDENCE
from evals.synthesis.rejection import RejectedError
from evals.synthesis.wording_checks import stands_in
from evals.synthesis.writing import Written
from pipelines.llms.protocol import ChoiceScorer
from pipelines.query_engines.lettered import choose_letter


@dataclass(frozen=True)
class Support:
    """The supporting sentence, and how probable it was among those with the answer, in (0, 1]."""

    sentence: Sentence
    probability: float


def choose_sentence(
    model: ChoiceScorer, passage: Passage, asked: Sentence, written: Written
) -> Support:
    """The sentence in which the answer stands; of several the one that the model chooses.

    It copies nothing, and it is not asked to choose among all sentences: a small model is wrong
    about every second time (docs/evaluation.md).

    Raises:
        RejectedError: The answer stands in none, or the model chooses another sentence than the one
            that was asked about.
        YomitokiError: The model would answer with none of the letters.
    """
    holders = [one for one in passage.sentences if stands_in(written.answer, one.shown)]
    if not holders:
        raise RejectedError("unsupported", f"{written.answer} stands in no sentence")
    if len(holders) == 1:
        return Support(holders[0], 1.0)
    prompt = EVIDENCE[passage.language]
    probabilities = choose_letter(
        model,
        [sentence.shown for sentence in holders],
        len(holders),
        lambda listed: prompt.messages(
            place=passage.place, options=listed, question=written.question, answer=written.answer
        ),
    )
    best = max(range(len(holders)), key=lambda place: probabilities[place])
    if holders[best] != asked:
        raise RejectedError(
            "unsupported",
            f"{written.question} – {written.answer}; the model finds it in: {holders[best].shown}",
        )
    return Support(holders[best], probabilities[best])
