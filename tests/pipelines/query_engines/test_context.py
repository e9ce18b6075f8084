from __future__ import annotations

import pytest

from pipelines.query_engines.context import ContextOrder, pack
from tests.pipelines.query_engines.engine_doubles import node


def texts(scores: str, budget: int, order: ContextOrder) -> list[str]:
    """Passages named by their scores, of which a budget of `budget` passages is packed."""
    hits = [node(name) for name in scores]
    for hit in hits:
        hit.score = float(hit.node.text)
    kept, text = pack(hits, budget, lambda _: 1, order)
    assert text.split("\n\n") == [f"(%d)\n{hit.node.text}" % n for n, hit in enumerate(kept, 1)]
    return [hit.node.text for hit in kept]


def test_the_best_stands_next_to_the_question() -> None:
    assert texts("987", 3, "best_last") == ["7", "8", "9"]
    assert texts("987", 2, "best_last") == ["8", "9"]


def test_a_given_order_stays_and_the_best_are_kept() -> None:
    assert texts("97568", 5, "as_given") == ["9", "7", "5", "6", "8"]
    assert texts("97568", 3, "as_given") == ["9", "7", "8"]
    assert texts("57", 1, "as_given") == ["7"]


@pytest.mark.parametrize("order", ["best_last", "as_given"])
def test_if_none_fits_the_best_is_cut(order: ContextOrder) -> None:
    hits = [node("短い文"), node("い" * 100)]
    hits[0].score, hits[1].score = 2.0, 1.0
    given = hits if order == "best_last" else hits[::-1]
    kept, text = pack(given, 3, len, order)
    assert kept == [hits[0]]
    assert "(1)\n短い文".startswith(text)
    assert len(text) == 3
    assert pack([], 3, len, order) == ([], "")
