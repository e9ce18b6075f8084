from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.found_ranks import any_of, found_within, id_ranks, in_a_row


def test_ids_have_the_rank_of_their_first_place() -> None:
    assert id_ranks(["b", "a", "b"], ["a", "b", "c"]) == [2, 1, None]
    with pytest.raises(ValueError, match="at least one relevant item"):
        id_ranks(["a"], [])


def test_items_that_say_the_same_are_one() -> None:
    assert any_of([None, 4, 2]) == [2]
    assert any_of([None, None]) == [None]


def test_items_at_one_rank_follow_each_other() -> None:
    assert in_a_row([5, 1, None, 1, 2]) == [1, 2, 3, 5, None]
    assert in_a_row([4, 4, 4]) == [4, 5, 6]


@given(st.lists(st.none() | st.integers(1, 30)))
def test_no_rank_improves_and_none_is_shared(ranks: list[int | None]) -> None:
    placed = in_a_row(ranks)
    assert len(placed) == len(ranks)
    found = [rank for rank in placed if rank is not None]
    before = sorted(rank for rank in ranks if rank is not None)
    assert len(set(found)) == len(found) == len(before)
    assert all(after >= rank for after, rank in zip(found, before, strict=True))


@given(st.sets(st.integers(1, 30)))
def test_distinct_ranks_stay_as_they_are(ranks: set[int]) -> None:
    assert in_a_row(list(ranks)) == sorted(ranks)


def test_a_measure_without_relevant_items_or_places_is_an_error_that_names_it() -> None:
    assert found_within("recall", [7, None, 2, 3], 3) == [2, 3]
    for ranks, k in (([], 5), ([1], 0)):
        with pytest.raises(ValueError, match=r"recall: needs k >= 1 and at least one"):
            found_within("recall", ranks, k)
