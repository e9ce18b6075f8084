from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.node_parsers.breakpoints import (
    Floats,
    around,
    beside,
    beyond_percentile,
    depths,
    segments,
    smoothed,
    valleys,
)
from pipelines.node_parsers.packing import Units, extent

FOUR = [(0, 2), (3, 5), (6, 8), (9, 11)]


def array(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def in_a_row(count: int, chars: int = 10) -> Units:
    return [(i * chars, (i + 1) * chars) for i in range(count)]


def test_groups_around_and_beside_each_gap() -> None:
    assert around(FOUR, 1) == [((0, 5), (0, 8)), ((0, 8), (3, 11)), ((3, 11), (6, 11))]
    assert beside(FOUR, 2) == [((0, 2), (3, 8)), ((0, 5), (6, 11)), ((3, 8), (9, 11))]
    assert around(FOUR[:1], 1) == beside(FOUR[:1], 1) == around([], 1) == beside([], 1) == []


def test_the_percentile_is_that_of_all_blocks_together() -> None:
    # The median of 0, 1, 2, 3, 4 is 2.
    found = beyond_percentile([array(0, 4), array(), array(1, 2, 3)], 50)
    assert [block.tolist() for block in found] == [[False, True], [], [False, False, True]]
    assert beyond_percentile([], 50) == []


def test_equal_distances_are_no_breaks() -> None:
    assert not beyond_percentile([array(1, 1, 1)], 95)[0].any()


def test_smoothing_is_the_mean_of_three() -> None:
    assert smoothed(array(3, 0, 6, 0)).tolist() == [1.5, 3, 2, 3]
    assert smoothed(array(5)).tolist() == [5]
    assert smoothed(array(1, 3)).tolist() == [2, 2]
    assert smoothed(array()).tolist() == []


def test_depth_is_the_rise_to_the_peaks_on_both_sides() -> None:
    # The valley of 1 has the peaks 9 and 5: 8 + 4. The one of 4 has 5 and 7: 1 + 3.
    assert depths(array(9, 3, 1, 5, 4, 7, 2)).tolist() == [0, 0, 12, 0, 4, 0, 0]


def test_a_flat_valley_counts_once_and_a_slope_not_at_all() -> None:
    assert depths(array(5, 2, 2, 6)).tolist() == [0, 7, 0, 0]
    assert depths(array(5, 4, 3)).tolist() == [0, 0, 0]
    assert depths(array(5, 3, 3)).tolist() == [0, 0, 0], "the text ends before it rises"
    assert depths(array()).tolist() == []


def test_only_deep_valleys_are_breaks() -> None:
    # Depths 12 and 4: their mean 8 less half of the deviation 4 is 6.
    found = valleys([array(9, 3, 1, 5, 4, 7, 2), array(), array(1, 2)])
    assert [np.flatnonzero(block).tolist() for block in found] == [[2], [], []]


def test_segments_lie_between_the_breaks() -> None:
    units = in_a_row(4)
    found = segments(units, np.array([False, True, False]), array(0, 1, 0), 0, 100)
    assert found == [units[:2], units[2:]]
    assert segments([], np.zeros(0, dtype=np.bool_), array(), 0, 100) == []
    assert segments(units[:1], np.zeros(0, dtype=np.bool_), array(), 0, 100) == [units[:1]]


def test_what_is_too_long_is_cut_where_the_subject_changes_most() -> None:
    units, none = in_a_row(6), np.zeros(5, dtype=np.bool_)
    found = segments(units, none, array(9, 1, 2, 1, 8), 0, 50)
    assert [len(part) for part in found] == [1, 5]
    found = segments(units, none, array(9, 1, 2, 1, 8), 20, 50)
    assert [len(part) for part in found] == [3, 3], "the ends would be shorter than 20"


@settings(max_examples=200, deadline=None)
@given(
    strengths=st.lists(st.floats(0, 2), max_size=30),
    is_break=st.lists(st.booleans(), min_size=30, max_size=30),
    min_chars=st.integers(0, 40),
    max_chars=st.integers(40, 100),
)
def test_segments_keep_every_unit_and_the_length(
    strengths: list[float], is_break: list[bool], min_chars: int, max_chars: int
) -> None:
    units = in_a_row(len(strengths) + 1)
    breaks = np.array(is_break[: len(strengths)], dtype=np.bool_)
    found = segments(units, breaks, array(*strengths), min_chars, max_chars)
    assert [unit for part in found for unit in part] == units
    assert all(extent(part)[1] - extent(part)[0] <= max_chars for part in found)
    ends = {extent(part)[1] for part in found}
    assert {units[i][1] for i in np.flatnonzero(breaks)} <= ends


@pytest.mark.parametrize("percentile", [1, 50, 99])
def test_breaks_agree_with_numpy_s_percentile_by_hand(percentile: float) -> None:
    # 0..100 in equal steps: the p-th percentile is p.
    (found,) = beyond_percentile([np.arange(101, dtype=np.float64)], percentile)
    assert found.sum() == 100 - percentile
