"""What a measure of a suite is: settings that score one outcome."""

from __future__ import annotations

from abc import abstractmethod
from statistics import fmean
from typing import ClassVar

from evals.answer_record import AnswerRecord
from evals.outcome import Outcome, Score
from evals.sample import Sample
from pipelines.component import ComponentSettings


class Metric(ComponentSettings):
    """A measure: `score` of each question, whose mean over those that have one is the arm's.

    `needs_answers` says that it looks at what was answered, not only at what was found;
    `lower_is_better` that less of it helps; `needs_repeats` how many answers to a question it
    needs.
    """

    needs_answers: ClassVar[bool] = False
    lower_is_better: ClassVar[bool] = False

    @property
    def needs_repeats(self) -> int:
        """At least 1."""
        return 1

    @property
    @abstractmethod
    def name(self) -> str:
        """As in reports, such as recall@5."""

    def unfit(self, sample: Sample) -> str:  # noqa: ARG002
        """Why a question has no score whatever is answered; empty if it may have one."""
        return ""

    @abstractmethod
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        """The score of one answer to a question that is not unfit."""

    def score(self, outcome: Outcome) -> Score:
        """The score of any outcome, of several answers their mean; one that failed has none.

        Answers without a score, such as those that refuse where only the others count, are left
        out of the mean.
        """
        if reason := self.unfit(outcome.sample):
            return Score(None, reason)
        if not outcome.answers:
            return Score(None, f"failed: {outcome.error}")
        scores = [self.scored(outcome, answer) for answer in outcome.answers]
        values = [score.value for score in scores if score.value is not None]
        return Score(fmean(values)) if values else scores[0]
