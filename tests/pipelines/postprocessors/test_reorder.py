from __future__ import annotations

import copy

import pytest
from llama_index.core.postprocessor import LongContextReorder
from llama_index.core.schema import NodeWithScore, TextNode

from pipelines.parts import Parts
from pipelines.postprocessors.reorder import Order, ReorderSettings


def ranked(count: int) -> list[NodeWithScore]:
    return [
        NodeWithScore(node=TextNode(id_=str(rank), text="x"), score=1 / rank)
        for rank in range(1, count + 1)
    ]


def order(nodes: list[NodeWithScore], order: Order) -> list[str]:
    part = ReorderSettings(order=order).build(Parts())
    return [hit.node.node_id for hit in part.postprocess_nodes(nodes)]


def test_ends_as_in_the_paper() -> None:
    assert order(ranked(5), "ends") == ["1", "3", "5", "4", "2"]
    assert order(ranked(4), "ends") == ["2", "4", "3", "1"]


@pytest.mark.parametrize("count", range(8))
def test_ends_is_the_order_of_llama_index(count: int) -> None:
    expected = LongContextReorder().postprocess_nodes(ranked(count))
    assert order(ranked(count), "ends") == [hit.node.node_id for hit in expected]


def test_the_order_given_counts_not_the_score() -> None:
    nodes = ranked(3)
    for hit in nodes:
        hit.score = None
    assert order(nodes, "ends") == ["1", "3", "2"]


def test_best_last_and_best_first() -> None:
    assert order(ranked(3), "best_last") == ["3", "2", "1"]
    assert order(ranked(3), "best_first") == ["1", "2", "3"]


def test_document_order_begins_with_the_document_of_the_best() -> None:
    places = [("b", 50), ("a", 90), ("b", 7), ("a", 10), ("b", None)]
    nodes = [
        NodeWithScore(
            node=TextNode(
                id_=f"{source}{start}", text="x", start_char_idx=start, metadata={"source": source}
            )
        )
        for source, start in places
    ]
    assert order(nodes, "document_order") == ["bNone", "b7", "b50", "a10", "a90"]


@pytest.mark.parametrize("name", ["ends", "best_last", "best_first", "document_order"])
def test_input_is_unchanged_and_nothing_gives_nothing(name: Order) -> None:
    nodes = ranked(4)
    before = copy.deepcopy([hit.model_dump() for hit in nodes])
    order(nodes, name)
    assert [hit.model_dump() for hit in nodes] == before
    assert order([], name) == []
