from __future__ import annotations

import copy
import math

import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import BaseModel, ValidationError
from scripted_collection import ScriptedCollection, TwoSidedEmbedding
from typing_extensions import override

from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.retrievers.fusion import (
    FusedNode,
    FusionRetriever,
    FusionRetrieverSettings,
    reciprocal_rank_fusion,
    score_fusion,
)
from pipelines.retrievers.settings import RetrieverSettings

DENSE = [("a", 0.9), ("b", 0.8), ("c", 0.7)]
WORDS = [("c", 12.0), ("d", 3.0)]


class Config(BaseModel):
    retriever: RetrieverSettings


def fused(settings: FusionRetrieverSettings, dense: list, words: list) -> list[NodeWithScore]:
    parts = Parts(ScriptedCollection(dense, words), TwoSidedEmbedding())
    return settings.build(parts).retrieve("質問")


def test_scores_are_sums_of_reciprocal_ranks_counted_from_one() -> None:
    found = fused(FusionRetrieverSettings(), DENSE, WORDS)
    # c: rank 3 and rank 1; a: rank 1; b and d: rank 2 each, so the first child decides.
    assert [hit.node.node_id for hit in found] == ["c", "a", "b", "d"]
    assert [hit.score for hit in found] == pytest.approx([1 / 63 + 1 / 61, 1 / 61, 1 / 62, 1 / 62])


def test_weights_and_k_are_used() -> None:
    scores = reciprocal_rank_fusion([{"a": 1, "b": 2}, {"b": 1}], [3.0, 0.5], rrf_k=10)
    assert scores == pytest.approx({"a": 3 / 11, "b": 3 / 12 + 0.5 / 11})
    settings = FusionRetrieverSettings(weights=(0.1, 1.0))
    assert [hit.node.node_id for hit in fused(settings, DENSE, WORDS)][:2] == ["c", "d"]


def test_each_node_knows_its_rank_in_every_child() -> None:
    found = fused(FusionRetrieverSettings(), DENSE, WORDS)
    assert all(isinstance(hit, FusedNode) for hit in found)
    assert {hit.node.node_id: hit.ranks for hit in found} == {
        "c": (3, 1),
        "a": (1, None),
        "b": (2, None),
        "d": (None, 2),
    }


def test_equal_scores_go_to_the_earlier_child_and_then_by_id() -> None:
    found = fused(FusionRetrieverSettings(), [("z", 0.9)], [("a", 5.0)])
    assert [hit.node.node_id for hit in found] == ["z", "a"]


def test_at_most_top_k() -> None:
    assert len(fused(FusionRetrieverSettings(top_k=2), DENSE, WORDS)) == 2


def test_a_child_that_finds_nothing_changes_no_order() -> None:
    found = fused(FusionRetrieverSettings(), DENSE, [])
    assert [hit.node.node_id for hit in found] == ["a", "b", "c"]
    assert fused(FusionRetrieverSettings(), [], []) == []


def test_the_childrens_results_are_left_as_they_are() -> None:
    class Remembering(BaseRetriever):
        """Hands out the very objects that it keeps."""

        @override
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            return kept

    nodes = ScriptedCollection().nodes(["a", "b"])
    kept = [
        NodeWithScore(node=node, score=score) for node, score in zip(nodes, (0.9, 0.8), strict=True)
    ]
    before = copy.deepcopy([hit.model_dump() for hit in kept])
    child = Remembering()
    FusionRetriever([child, child], [1.0, 1.0], top_k=2).retrieve("質問")
    assert [hit.model_dump() for hit in kept] == before


def test_scaled_scores_by_hand() -> None:
    """min_max: a 1, b 1/2, c 0, and c 1, d 0. zscore of DENSE: mean 0.8, deviation 0.1 √(2/3)."""
    found = [dict(DENSE), dict(WORDS)]
    scores = score_fusion(found, [1.0, 2.0], "min_max")
    assert scores == pytest.approx({"a": 1.0, "b": 0.5, "c": 2.0, "d": 0.0})
    one = math.sqrt(3 / 2)
    scores = score_fusion(found, [1.0, 2.0], "zscore")
    assert scores == pytest.approx({"a": one - 2, "b": -2.0, "c": 2 - one, "d": -one - 2})
    assert score_fusion([{"a": 3.0, "b": 3.0}, {}], [1.0, 1.0], "min_max") == {"a": 1.0, "b": 1.0}
    assert score_fusion([{"a": 3.0, "b": 3.0}], [1.0], "zscore") == {"a": 0.0, "b": 0.0}


def test_scores_are_combined_as_the_settings_say() -> None:
    found = fused(FusionRetrieverSettings(combine="min_max", weights=(1.0, 2.0)), DENSE, WORDS)
    assert [hit.node.node_id for hit in found] == ["c", "a", "b", "d"]
    assert [hit.score for hit in found] == pytest.approx([2.0, 1.0, 0.5, 0.0])


def test_children_are_of_any_kind_and_have_one_weight_each() -> None:
    child = {"kind": "bm25", "top_k": 50}
    inner = {"kind": "fusion", "children": [child]}
    config = Config.model_validate({"retriever": {"kind": "fusion", "children": [inner, child]}})
    assert config.retriever.children[0].children[0].top_k == 50
    with pytest.raises(ValidationError, match="1 for 2 children"):
        FusionRetrieverSettings(weights=(1.0,))
    with pytest.raises(ValidationError, match="at least 1"):
        FusionRetrieverSettings(children=())
    with pytest.raises(ValidationError, match="greater than 0"):
        FusionRetrieverSettings(weights=(1.0, 0.0))


def test_what_a_child_misses_is_said() -> None:
    with pytest.raises(ConfigError, match="embedding model"):
        FusionRetrieverSettings().build(Parts(ScriptedCollection()))
