from __future__ import annotations

import pytest
from scripted_collection import ScriptedCollection, TwoSidedEmbedding

from pipelines.errors import ConfigError, YomitokiError
from pipelines.parts import Parts
from pipelines.retrievers.collections import CollectionsRetrieverSettings

SHELVES = {
    "lectures": ScriptedCollection(words=[("a", 9.0), ("b", 2.0)]),
    "minutes": ScriptedCollection(words=[("a", 3.0), ("c", 1.0)]),
}


def opened(name: str) -> ScriptedCollection:
    if name not in SHELVES:
        raise YomitokiError(f"collection {name!r}: not found")
    return SHELVES[name]


def settings(**weights: float) -> CollectionsRetrieverSettings:
    sources = [
        {"name": name, "weight": weight, "retriever": {"kind": "bm25"}}
        for name, weight in weights.items()
    ]
    return CollectionsRetrieverSettings.model_validate({"sources": sources, "rrf_k": 10})


def test_rankings_are_fused_and_nodes_say_where_they_are_from() -> None:
    parts = Parts(embed_model=TwoSidedEmbedding(), open_collection=opened)
    found = settings(lectures=1.0, minutes=2.0).build(parts).retrieve("質問")
    where = [(hit.node.metadata["collection"], hit.node.node_id) for hit in found]
    assert where == [("lectures", "a"), ("minutes", "c"), ("lectures", "b")]
    # a: rank 1 in both; c: rank 2 of the second, which counts twice; b: rank 2 of the first.
    assert [hit.score for hit in found] == pytest.approx([1 / 11 + 2 / 11, 2 / 12, 1 / 12])
    assert "collection" not in found[0].node.get_content(metadata_mode="embed")  # type: ignore[arg-type]


def test_top_k_bounds_the_result() -> None:
    narrow = settings(lectures=1.0, minutes=1.0).model_copy(update={"top_k": 1})
    found = narrow.build(Parts(open_collection=opened)).retrieve("質問")
    assert [hit.node.metadata["collection"] for hit in found] == ["lectures"]


def test_unknown_collections_and_no_pipeline_are_said() -> None:
    with pytest.raises(YomitokiError, match="'elsewhere': not found"):
        settings(elsewhere=1.0).build(Parts(open_collection=opened))
    with pytest.raises(ConfigError, match="can only be used in a pipeline"):
        settings(lectures=1.0).build(Parts())
