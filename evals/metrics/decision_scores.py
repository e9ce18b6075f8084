"""Measures of refusing, of citing, and of choosing among options."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.metrics.citations import citation_precision, citation_recall
from evals.metrics.metric import Metric
from evals.metrics.option_ranking import option_accuracy, option_map
from evals.outcome import Outcome, Score
from evals.sample import Sample


class _Decision(Metric):
    needs_answers: ClassVar[bool] = True

    kind: str

    @property
    @override
    def name(self) -> str:
        return self.kind


class RefusalPrecisionSettings(_Decision):
    """Of what was refused, the share that can't be answered: a mean over refusals alone."""

    kind: Literal["refusal_precision"] = "refusal_precision"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        if not answer.refused:
            return Score(None, "not refused")
        return Score(float(not outcome.sample.answerable))


class RefusalRecallSettings(_Decision):
    """Of what can't be answered, the share that was refused: a mean over these alone."""

    kind: Literal["refusal_recall"] = "refusal_recall"

    @override
    def unfit(self, sample: Sample) -> str:
        return "the question can be answered" if sample.answerable else ""

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        return Score(float(answer.refused))


class _Citing(_Decision):
    @override
    def unfit(self, sample: Sample) -> str:
        return "" if sample.evidence else "no evidence is known"


class CitationPrecisionSettings(_Citing):
    """The share of citations that touch the gold evidence: `evals.metrics.citations`."""

    kind: Literal["citation_precision"] = "citation_precision"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        if not answer.citations:
            return Score(None, "nothing was cited")
        return Score(citation_precision([c.span for c in answer.citations], outcome.quotes))


class CitationRecallSettings(_Citing):
    """The share of the gold evidence that is cited: `evals.metrics.citations`."""

    kind: Literal["citation_recall"] = "citation_recall"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        if not answer.stages:
            return Score(None, "nothing was searched")
        spans = [citation.span for citation in answer.citations]
        return Score(citation_recall(spans, outcome.quotes, outcome.sample.evidence_any))


class _Choosing(_Decision):
    @override
    def unfit(self, sample: Sample) -> str:
        return "" if sample.right_option is not None else "the question has no options"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        right = outcome.sample.right_option
        return Score(None) if right is None else Score(self.of_ranking(answer.ranking, right))

    @abstractmethod
    def of_ranking(self, ranking: Sequence[int], right: int) -> float:
        """The measure of places of options, best first."""


class OptionAccuracySettings(_Choosing):
    """Whether the right option is ranked first: `evals.metrics.option_ranking`."""

    kind: Literal["option_accuracy"] = "option_accuracy"

    @override
    def of_ranking(self, ranking: Sequence[int], right: int) -> float:
        return option_accuracy(ranking, right)


class OptionMapSettings(_Choosing):
    """1 / the rank of the right option among the first k: `evals.metrics.option_ranking`."""

    kind: Literal["option_map"] = "option_map"
    k: int = Field(default=3, ge=1)

    @property
    @override
    def name(self) -> str:
        return f"map@{self.k} of options"

    @override
    def of_ranking(self, ranking: Sequence[int], right: int) -> float:
        return option_map(ranking, right, self.k)
