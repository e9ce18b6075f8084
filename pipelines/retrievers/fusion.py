"""Several retrievers' rankings as one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from pydantic import Field, model_validator

from pipelines.component import ComponentSettings
from pipelines.parts import Parts
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings

if TYPE_CHECKING:
    from pipelines.retrievers.settings import RetrieverSettings

Weight = Annotated[float, Field(gt=0)]
Combine = Literal["rrf", "min_max", "zscore"]


class FusionRetrieverSettings(ComponentSettings):
    """The rankings of `children` as one, each with a weight (1 each if none are given).

    `combine` says what is added up: `rrf` 1 / (rrf_k + rank); `min_max` and `zscore` the children's
    own scores, scaled to [0, 1] or to mean 0 and deviation 1 within what each child found. Scores
    tell more than ranks where a child is sure, and mislead where it finds nothing good. Deep
    children favour nodes in the middle of every ranking over one that heads a single ranking.
    """

    kind: Literal["fusion"] = "fusion"
    top_k: int = Field(default=20, ge=1)
    combine: Combine = "rrf"
    rrf_k: int = Field(default=60, ge=1)
    children: tuple[RetrieverSettings, ...] = Field(
        default=(DenseRetrieverSettings(top_k=10), BM25RetrieverSettings(top_k=10)), min_length=1
    )
    weights: tuple[Weight, ...] = ()

    @model_validator(mode="after")
    def _one_weight_a_child(self) -> FusionRetrieverSettings:
        if self.weights and len(self.weights) != len(self.children):
            raise ValueError(
                f"weights: {len(self.weights)} for {len(self.children)} children: "
                "give one a child, or none"
            )
        return self

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: What a child needs is not configured.
        """
        children = [child.build(parts) for child in self.children]
        weights = self.weights or (1.0,) * len(children)
        return FusionRetriever(children, weights, self.top_k, self.rrf_k, self.combine)


class FusedNode(NodeWithScore):
    """A fused node; `ranks` holds its 1-based rank in each child, None where it was not found."""

    ranks: tuple[int | None, ...] = ()

    @classmethod
    def class_name(cls) -> str:
        return "FusedNode"


class FusionRetriever(BaseRetriever):
    """Best first; see `reciprocal_rank_fusion` and `score_fusion` for the scores.

    Equal scores: the node that the earlier child ranks better, then by node id. The children's
    results are left as they are.
    """

    def __init__(
        self,
        children: Sequence[BaseRetriever],
        weights: Sequence[float],
        top_k: int,
        rrf_k: int = 60,
        combine: Combine = "rrf",
    ) -> None:
        super().__init__()
        self._children = list(children)
        self._weights = list(weights)
        self._top_k = top_k
        self._rrf_k = rrf_k
        self._combine = combine

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = [child.retrieve(query_bundle) for child in self._children]
        best = fused(found, self._weights, self._rrf_k, self._combine)
        return [
            FusedNode(node=node, score=score, ranks=ranks)
            for node, score, ranks in best[: self._top_k]
        ]


def fused(
    found: Sequence[Sequence[NodeWithScore]],
    weights: Sequence[float],
    rrf_k: int = 60,
    combine: Combine = "rrf",
) -> list[tuple[BaseNode, float, tuple[int | None, ...]]]:
    """What several searches found as one ranking of (node, score, its rank in each or None).

    Best first; equal scores: the node that the earlier search ranks better, then by node id.

    Args:
        found: A search's nodes, best first.
        weights: One a search.
        rrf_k: See `reciprocal_rank_fusion`.
        combine: See `FusionRetrieverSettings`.
    """
    nodes = {hit.node.node_id: hit.node for hits in found for hit in hits}
    rankings = [{hit.node.node_id: rank for rank, hit in enumerate(hits, 1)} for hits in found]
    if combine == "rrf":
        scores = reciprocal_rank_fusion(rankings, weights, rrf_k)
    else:
        own = [{hit.node.node_id: hit.score or 0.0 for hit in hits} for hits in found]
        scores = score_fusion(own, weights, combine)
    ranks = {id_: tuple(ranking.get(id_) for ranking in rankings) for id_ in nodes}
    order = sorted(
        nodes, key=lambda id_: (-scores[id_], *(rank or math.inf for rank in ranks[id_]), id_)
    )
    return [(nodes[id_], scores[id_], ranks[id_]) for id_ in order]


def reciprocal_rank_fusion(
    rankings: Sequence[Mapping[str, int]], weights: Sequence[float], rrf_k: int = 60
) -> dict[str, float]:
    """Fused score of every id that any ranking holds: the sum of weight / (rrf_k + rank).

    Args:
        rankings: Ids with their 1-based ranks.
        weights: One a ranking.
        rrf_k: How little the top ranks are preferred; 60 in the source.

    Source: Cormack, Clarke & Büttcher 2009.
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for node_id, rank in ranking.items():
            scores[node_id] = scores.get(node_id, 0.0) + weight / (rrf_k + rank)
    return scores


def score_fusion(
    found: Sequence[Mapping[str, float]],
    weights: Sequence[float],
    combine: Literal["min_max", "zscore"],
) -> dict[str, float]:
    """Fused score of every id that anything found: the sum of weight * scaled score.

    Args:
        found: Ids with their scores, higher is better, one mapping a retriever.
        weights: One a retriever.
        combine: `min_max` scales a retriever's scores to [0, 1], `zscore` to mean 0 and standard
            deviation 1; equal scores are all 1, or all 0. What a retriever did not find counts as
            the worst that it found.

    Source: Fox & Shaw 1994 (CombSUM); Bruch, Gai & Ingber 2023 on the two scalings.
    """
    scaled = [_scaled(scores, combine) for scores in found]
    ids = {node_id for scores in found for node_id in scores}
    return {
        node_id: sum(
            weight * scores.get(node_id, min(scores.values()))
            for weight, scores in zip(weights, scaled, strict=True)
            if scores
        )
        for node_id in ids
    }


def _scaled(scores: Mapping[str, float], combine: str) -> dict[str, float]:
    if not scores:
        return {}
    values = list(scores.values())
    if combine == "min_max":
        low, width = min(values), max(values) - min(values)
        return {id_: (score - low) / width if width else 1.0 for id_, score in scores.items()}
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return {id_: (s - mean) / deviation if deviation else 0.0 for id_, s in scores.items()}
