from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import (
    Document,
    NodeRelationship,
    NodeWithScore,
    RelatedNodeInfo,
    TextNode,
)

from benchmarks.memory_collection import MemoryCollection
from pipelines.document import span
from pipelines.errors import ConfigError
from pipelines.node_parsers.hierarchical import HierarchicalParserSettings
from pipelines.parts import Parts
from pipelines.postprocessors.auto_merge import AutoMergeSettings
from tests.pipelines.retrievers.scripted_collection import ScriptedCollection, TwoSidedEmbedding

# Two sections of two paragraphs of three sentences each: 0 to 5 and 6 to 11.
SENTENCES = [f"ここは文{letter}です。" for letter in "あいうえおかきくけこさし"]
PARAGRAPHS = ["".join(SENTENCES[i : i + 3]) for i in range(0, 12, 3)]
NODES = HierarchicalParserSettings(min_chars=0, max_chars=30, section_chars=60).build()(
    [Document(text="\n\n".join(PARAGRAPHS), metadata={"source": "a.md"})]
)


def level(name: str) -> list[TextNode]:
    return [node for node in NODES if node.metadata["level"] == name]  # type: ignore[misc]


def merged(
    found: list[NodeWithScore], ratio: float = 0.5, nodes: list[TextNode] | None = None
) -> list[NodeWithScore]:
    collection = MemoryCollection(nodes or NODES, TwoSidedEmbedding())  # type: ignore[arg-type]
    return (
        AutoMergeSettings(ratio=ratio).build(Parts(collection=collection)).postprocess_nodes(found)
    )


def hits(*of: tuple[str, int, float | None]) -> list[NodeWithScore]:
    return [NodeWithScore(node=level(name)[index], score=score) for name, index, score in of]


def shown(found: list[NodeWithScore]) -> list[tuple[str, int, float | None]]:
    return [
        (
            name := hit.node.metadata["level"],
            [node.node_id for node in level(name)].index(hit.node.node_id),
            hit.score,
        )
        for hit in found
    ]


def test_the_tree_is_as_described() -> None:
    assert [len(level(name)) for name in ("section", "paragraph", "sentence")] == [2, 4, 12]


def test_enough_children_give_way_to_their_parent() -> None:
    # Two of three, at the rank and score of the better one; of two paragraphs one is half.
    found = hits(
        ("sentence", 7, 0.9), ("sentence", 0, 0.8), ("sentence", 11, 0.7), ("sentence", 2, 0.6)
    )
    assert shown(merged(found, ratio=0.6)) == [
        ("sentence", 7, 0.9),
        ("paragraph", 0, 0.8),
        ("sentence", 11, 0.7),
    ]


def test_the_ratio_is_met_by_as_much() -> None:
    found = hits(("sentence", 0, 0.9), ("sentence", 1, 0.8))
    assert shown(merged(found, ratio=2 / 3)) == [("paragraph", 0, 0.9)]
    assert shown(merged(found, ratio=0.7)) == shown(found)


def test_merging_goes_on_upward() -> None:
    found = hits(*(("sentence", i, 1 - i / 10) for i in (1, 0, 3, 4)))
    assert shown(merged(found, ratio=0.6)) == [("section", 0, 1.0)]


def test_half_of_the_children_is_enough_by_default() -> None:
    # Two of three sentences, then one of two paragraphs.
    assert shown(merged(hits(("sentence", 4, 0.9), ("sentence", 3, 0.1)))) == [("section", 0, 0.9)]
    assert shown(merged(hits(("sentence", 4, 0.9)))) == [("sentence", 4, 0.9)]


def test_what_a_merged_node_holds_already_goes() -> None:
    # Paragraph 0 was found, and is half of section 0; sentence 5 is in it, its paragraph is not.
    found = hits(("paragraph", 0, 0.5), ("sentence", 5, 0.9), ("sentence", 6, 0.4))
    assert shown(merged(found)) == [("section", 0, 0.9), ("sentence", 6, 0.4)]


def test_a_found_parent_takes_in_its_found_children() -> None:
    found = hits(("sentence", 6, 0.9), ("sentence", 0, 0.8), ("paragraph", 0, 0.7))
    assert shown(merged(found, ratio=1)) == [("sentence", 6, 0.9), ("paragraph", 0, 0.8)]


def test_a_node_found_twice_counts_once() -> None:
    found = hits(("sentence", 0, 0.9), ("sentence", 0, 0.8))
    assert shown(merged(found)) == [("sentence", 0, 0.9)]


def test_nodes_without_parent_and_without_score_stay() -> None:
    plain = TextNode(id_="plain", text="親のない節点")
    found = [NodeWithScore(node=plain), *hits(("sentence", 0, None), ("sentence", 1, None))]
    first, second = merged(found, ratio=0.6)
    assert first.node is plain
    assert first.score is None
    assert shown([second]) == [("paragraph", 0, None)]


def test_input_is_left_as_it_is_and_nothing_gives_nothing() -> None:
    found = hits(("sentence", 0, 0.9), ("sentence", 1, 0.8))
    before = copy.deepcopy([hit.model_dump() for hit in found])
    merged(found)
    assert [hit.model_dump() for hit in found] == before
    assert merged([]) == []


def test_needs_a_collection() -> None:
    with pytest.raises(ConfigError, match="auto_merge: needs a collection"):
        AutoMergeSettings().build(Parts())
    AutoMergeSettings().build(Parts(collection=ScriptedCollection()))  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(
    order=st.lists(st.integers(0, len(NODES) - 1), unique=True, max_size=18),
    ratio=st.floats(0.05, 1),
)
def test_every_found_text_stays_once_in_order_of_scores(order: list[int], ratio: float) -> None:
    found = [
        NodeWithScore(node=NODES[place], score=1 / (rank + 1)) for rank, place in enumerate(order)
    ]
    kept = merged(found, ratio)
    spans = sorted(span(hit.node) for hit in kept)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    for hit in found:
        start, end = span(hit.node)
        assert any(a <= start and end <= b for a, b in spans)
    scores = [hit.score or 0.0 for hit in kept]
    assert scores == sorted(scores, reverse=True)
    assert not kept or scores[0] == 1.0


def test_a_node_of_another_collection_stays_as_it_is() -> None:
    """Its parent is not here: looking it up raises KeyError, as in a real collection."""

    class NoCollection:
        def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
            if node_ids:
                raise KeyError(node_ids[0])
            return []

    node = TextNode(
        id_="child",
        text="堰の話",
        metadata={"source": "a.md", "collection": "elsewhere"},
        relationships={NodeRelationship.PARENT: RelatedNodeInfo(node_id="there")},
    )
    parts = Parts(collection=NoCollection())  # type: ignore[arg-type]
    hits = [NodeWithScore(node=node, score=0.5)]
    assert AutoMergeSettings().build(parts).postprocess_nodes(hits) == hits
