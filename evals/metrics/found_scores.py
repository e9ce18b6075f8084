"""Measures of what was found, on gold quotes or on relevant passages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

from pydantic import Field
from typing_extensions import override

from evals.answer_record import AnswerRecord, NodeRecord
from evals.metrics.average_precision import average_precision
from evals.metrics.citations import overlaps
from evals.metrics.found_ranks import Ranks
from evals.metrics.metric import Metric
from evals.metrics.ndcg import graded_ndcg, ndcg
from evals.metrics.precision import precision
from evals.metrics.recall import hit_rate, recall
from evals.metrics.reciprocal_rank import reciprocal_rank
from evals.outcome import Outcome, Score, passages
from evals.sample import Sample


class FoundMetric(Metric):
    """A measure at a cut-off `k`, of what the last postprocessor left, or `retrieved` ones."""

    kind: str
    k: int = Field(default=10, ge=1)
    of: Literal["remaining", "retrieved"] = "remaining"

    @property
    @override
    def name(self) -> str:
        return f"{self.kind}@{self.k}" + (" retrieved" if self.of == "retrieved" else "")

    @override
    def unfit(self, sample: Sample) -> str:
        return "" if sample.relevant or sample.evidence else "no evidence is known"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        if not answer.stages:
            return Score(None, "nothing was searched")
        nodes = answer.retrieved if self.of == "retrieved" else answer.remaining
        return Score(self.measured(outcome, nodes))

    @abstractmethod
    def measured(self, outcome: Outcome, nodes: Sequence[NodeRecord]) -> float:
        """The measure of nodes, best first."""


class RankMetric(FoundMetric):
    """A measure of the ranks at which the evidence was found."""

    @override
    def measured(self, outcome: Outcome, nodes: Sequence[NodeRecord]) -> float:
        return self.of_ranks(outcome.ranks(nodes))

    @abstractmethod
    def of_ranks(self, ranks: Ranks) -> float:
        """The measure of the ranks at which relevant items were found."""


class RecallSettings(RankMetric):
    """The share of the evidence that is found among the first k: `evals.metrics.recall`."""

    kind: Literal["recall"] = "recall"

    @override
    def of_ranks(self, ranks: Ranks) -> float:
        return recall(ranks, self.k)


class HitRateSettings(RankMetric):
    """Whether any evidence is found among the first k: `evals.metrics.recall`."""

    kind: Literal["hit_rate"] = "hit_rate"

    @override
    def of_ranks(self, ranks: Ranks) -> float:
        return hit_rate(ranks, self.k)


class MrrSettings(RankMetric):
    """1 / the rank of the first evidence: `evals.metrics.reciprocal_rank`."""

    kind: Literal["mrr"] = "mrr"

    @override
    def of_ranks(self, ranks: Ranks) -> float:
        return reciprocal_rank(ranks, self.k)


class MapSettings(RankMetric):
    """Average precision: `evals.metrics.average_precision`."""

    kind: Literal["map"] = "map"

    @override
    def of_ranks(self, ranks: Ranks) -> float:
        return average_precision(ranks, self.k)


class NdcgSettings(RankMetric):
    """nDCG, with the gains of judged passages where there are some: `evals.metrics.ndcg`."""

    kind: Literal["ndcg"] = "ndcg"

    @override
    def measured(self, outcome: Outcome, nodes: Sequence[NodeRecord]) -> float:
        gains = list(outcome.sample.relevant.values())
        ranks = outcome.ranks(nodes)
        return graded_ndcg(ranks, gains, self.k) if gains else self.of_ranks(ranks)

    @override
    def of_ranks(self, ranks: Ranks) -> float:
        return ndcg(ranks, self.k)


class PrecisionSettings(FoundMetric):
    """The share of the first k that touch evidence: `evals.metrics.precision`."""

    kind: Literal["precision"] = "precision"

    @override
    def measured(self, outcome: Outcome, nodes: Sequence[NodeRecord]) -> float:
        if relevant := outcome.sample.relevant:
            return precision([passage in relevant for passage in passages(nodes)], self.k)
        touching = [any(overlaps(node.span, quote) for quote in outcome.quotes) for node in nodes]
        return precision(touching, self.k)
