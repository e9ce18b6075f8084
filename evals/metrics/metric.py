"""What a measure of a suite is: settings that score one outcome."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from evals.answer_record import AnswerRecord
from evals.outcome import Outcome, Score
from pipelines.component import ComponentSettings


class Metric(ComponentSettings):
    """A measure: `score` of each question, whose mean over those that have one is the arm's.

    `needs_answers` says that it looks at what was answered, not only at what was found;
    `lower_is_better` that less of it helps.
    """

    needs_answers: ClassVar[bool] = False
    lower_is_better: ClassVar[bool] = False

    @property
    @abstractmethod
    def name(self) -> str:
        """As in reports, such as recall@5."""

    @abstractmethod
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        """The score of an outcome by its answer."""

    def score(self, outcome: Outcome) -> Score:
        """The score of any outcome; of one that failed there is none."""
        if outcome.answer is None:
            return Score(None, f"failed: {outcome.error}")
        return self.scored(outcome, outcome.answer)
