"""Each measure by hand arithmetic; `test_against_trec_eval` compares them with another program."""

from __future__ import annotations

from collections.abc import Callable
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.average_precision import average_precision
from evals.metrics.found_ranks import Ranks
from evals.metrics.ndcg import graded_ndcg, ndcg
from evals.metrics.precision import precision
from evals.metrics.recall import hit_rate, recall
from evals.metrics.reciprocal_rank import reciprocal_rank

Measure = Callable[[Ranks, int], float]
RANKS = [4, None, 1]  # three relevant items: one first, one fourth, one not found


def test_recall_is_the_share_of_items_found() -> None:
    assert recall(RANKS, 3) == pytest.approx(1 / 3)
    assert recall(RANKS, 4) == pytest.approx(2 / 3)


def test_hit_rate_asks_for_any() -> None:
    assert hit_rate([None, 4], 4) == 1.0
    assert hit_rate([None, 4], 3) == 0.0


def test_reciprocal_rank_is_that_of_the_first() -> None:
    assert reciprocal_rank([None, 4, 2], 10) == 0.5
    assert reciprocal_rank([None, 4, 2], 1) == 0.0


def test_precision_counts_missing_places_as_not_relevant() -> None:
    assert precision([True, False, True], 2) == 0.5
    assert precision([True, False, True], 5) == pytest.approx(2 / 5)
    assert precision([], 3) == 0.0
    with pytest.raises(ValueError, match="k >= 1"):
        precision([True], 0)


def test_average_precision_is_over_all_relevant_items() -> None:
    # First at 1: 1/1. Second at 4: 2/4. Over three items.
    assert average_precision(RANKS, 10) == pytest.approx((1 + 2 / 4) / 3)
    assert average_precision(RANKS, 3) == pytest.approx(1 / 3)


def test_ndcg_is_discounted_by_log2() -> None:
    best = 1 + 1 / log2(3) + 1 / log2(4)
    assert ndcg(RANKS, 10) == pytest.approx((1 + 1 / log2(5)) / best)
    assert ndcg(RANKS, 3) == pytest.approx(1 / best)
    # The ideal is cut as well: one place can hold one item.
    assert ndcg([1, 2], 1) == 1.0


def test_two_quotes_in_the_first_node_are_worth_what_the_best_order_is() -> None:
    # As they stand they would be worth 2 / (1 + 1 / log2(3)) = 1.23.
    assert ndcg([1, 1], 10) == 1.0
    assert ndcg([2, 2], 10) == pytest.approx((1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3)))
    assert average_precision([2, 2], 10) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_graded_gains_are_linear() -> None:
    # Gains 3 at rank 2 and 1 at rank 1, ideal 3 then 1.
    expected = (1 + 3 / log2(3)) / (3 + 1 / log2(3))
    assert graded_ndcg([2, 1], [3, 1], 10) == pytest.approx(expected)
    assert graded_ndcg([None, 1], [3, 1], 1) == pytest.approx(1 / 3)
    for ranks, gains in (([1, 1], [1, 1]), ([1], [0]), ([1], [1, 2])):
        with pytest.raises(ValueError, match="graded_ndcg"):
            graded_ndcg(ranks, gains, 10)


@given(st.lists(st.none() | st.integers(1, 12), min_size=1), st.integers(1, 15))
def test_all_stay_between_nothing_and_one(ranks: list[int | None], k: int) -> None:
    for measure in (recall, hit_rate, reciprocal_rank, average_precision, ndcg):
        assert 0.0 <= measure(ranks, k) <= 1.0 + 1e-12


@pytest.mark.parametrize("measure", [recall, hit_rate, reciprocal_rank, average_precision, ndcg])
def test_without_relevant_items_there_is_no_score(measure: Measure) -> None:
    with pytest.raises(ValueError, match="at least one relevant item"):
        measure([], 5)
