"""Measures of several answers to one question, by a model that samples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.metrics.answer_scores import (
    AliasMatchSettings,
    AnswerMetric,
    ExactMatchSettings,
    VerifiableSettings,
)
from evals.metrics.diversity import distinct_n, self_bleu
from evals.metrics.metric import Metric
from evals.metrics.ngrams import ngrams
from evals.metrics.pass_at_k import pass_at_k
from evals.metrics.words import words
from evals.outcome import Outcome, Score
from evals.sample import Sample

# From here on an answer counts as right.
RIGHT = 0.5


class _Repeated(Metric):
    needs_answers: ClassVar[bool] = True

    kind: str

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        return self.of_all(outcome, [answer])

    @override
    def score(self, outcome: Outcome) -> Score:
        if reason := self.unfit(outcome.sample):
            return Score(None, reason)
        if not outcome.answers:
            return Score(None, f"failed: {outcome.error}")
        return self.of_all(outcome, outcome.answers)

    @abstractmethod
    def of_all(self, outcome: Outcome, answers: Sequence[AnswerRecord]) -> Score:
        """The measure of all answers to a question."""


class SelfBleuSettings(_Repeated):
    """How alike the answers are, by words: `evals.metrics.diversity.self_bleu`."""

    kind: Literal["self_bleu"] = "self_bleu"

    lower_is_better: ClassVar[bool] = True

    @property
    @override
    def name(self) -> str:
        return self.kind

    @property
    @override
    def needs_repeats(self) -> int:
        return 2

    @override
    def of_all(self, outcome: Outcome, answers: Sequence[AnswerRecord]) -> Score:
        return Score(self_bleu([words(answer.text) for answer in answers]))


class DistinctSettings(_Repeated):
    """The share of different n-grams among all words: `evals.metrics.diversity.distinct_n`."""

    kind: Literal["distinct"] = "distinct"
    n: int = Field(default=2, ge=1)

    @property
    @override
    def name(self) -> str:
        return f"distinct-{self.n}"

    @property
    @override
    def needs_repeats(self) -> int:
        return 2

    @override
    def of_all(self, outcome: Outcome, answers: Sequence[AnswerRecord]) -> Score:
        said = [words(answer.text) for answer in answers]
        if not any(ngrams(one, self.n) for one in said):
            return Score(None, f"no answer has {self.n} words")
        return Score(distinct_n(said, self.n))


class PassSettings(_Repeated):
    """The chance that one of k answers is right: `evals.metrics.pass_at_k`.

    `by` is the measure that calls an answer right. A refusal is not right.
    """

    kind: Literal["pass"] = "pass"
    k: int = Field(default=1, ge=1)
    by: Literal["alias_match", "exact_match", "verifiable"] = "alias_match"

    @property
    @override
    def name(self) -> str:
        return f"pass@{self.k} by {self.by}"

    @property
    @override
    def needs_repeats(self) -> int:
        return self.k

    @override
    def unfit(self, sample: Sample) -> str:
        return self._measure().unfit(sample)

    def _measure(self) -> AnswerMetric:
        if self.by == "exact_match":
            return ExactMatchSettings()
        return VerifiableSettings() if self.by == "verifiable" else AliasMatchSettings()

    @override
    def of_all(self, outcome: Outcome, answers: Sequence[AnswerRecord]) -> Score:
        scores = [self._measure().scored(outcome, answer) for answer in answers]
        right = sum(score.value is not None and score.value >= RIGHT for score in scores)
        return Score(pass_at_k(len(scores), right, self.k))
