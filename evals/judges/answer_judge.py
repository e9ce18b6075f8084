"""What the judges of answers share: an answer against its reference."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.judges.judge import Judge, Judgement
from evals.metrics.answer_scores import references
from evals.outcome import Outcome
from evals.sample import Sample
from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import inert

# What an answer may take of a prompt; a longer one is judged by its beginning.
ANSWER_CHARS = 1500


class AnswerJudge(Judge):
    """A judge that compares an answer with its reference.

    A refusal of an answerable question is 0 and asked of nobody.
    """

    label_texts: ClassVar[tuple[str, ...]] = ("question", "reference", "answer")
    grades: ClassVar[tuple[int, ...]] = (0, 2, 4)

    @override
    def unfit(self, sample: Sample) -> str:
        if not sample.answerable:
            return "the question can't be answered"
        return "" if references(sample) and not sample.options else "no reference is known"

    @override
    def judged(self, outcome: Outcome, answer: AnswerRecord, model: ChoiceScorer) -> Judgement:
        if answer.refused:
            return Judgement(0.0)
        sample = outcome.sample
        return self.graded(sample.question, references(sample)[0], answer.text, model)

    @override
    def labelled(self, texts: Mapping[str, str], model: ChoiceScorer) -> Judgement:
        return self.graded(texts["question"], texts["reference"], texts["answer"], model)

    @abstractmethod
    def graded(self, question: str, reference: str, answer: str, model: ChoiceScorer) -> Judgement:
        """The judgement of an answer by its text; raises YomitokiError as the model does."""


def fields(question: str, reference: str, answer: str) -> dict[str, str]:
    """What a prompt is filled with."""
    return {
        "question": inert(question),
        "reference": inert(reference),
        "answer": inert(answer[:ANSWER_CHARS]),
    }
