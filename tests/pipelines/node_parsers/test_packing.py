from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.node_parsers.packing import Units, extent, join_short, pack, pack_by_size


def in_a_row(lengths: list[int]) -> Units:
    units: Units = []
    for length in lengths:
        start = units[-1][1] if units else 0
        units.append((start, start + length))
    return units


def lengths(groups: list[Units]) -> list[int]:
    return [extent(group)[1] - extent(group)[0] for group in groups]


def test_overlap_repeats_the_last_units_where_room_is_left() -> None:
    units = [(0, 4), (4, 8), (8, 12), (12, 16)]
    assert [extent(group) for group in pack(units, 8)] == [(0, 8), (8, 16)]
    assert [extent(group) for group in pack(units, 8, 1)] == [(0, 8), (4, 12), (8, 16)]
    assert [extent(group) for group in pack(units, 4, 3)] == units, "no room for an overlap"


def test_the_last_group_is_not_a_scrap() -> None:
    # 110 characters in groups of at most 100: two of about 55, not 100 and 10.
    assert [extent(group) for group in pack(in_a_row([10] * 11), 100)] == [(0, 60), (60, 110)]


def test_packing_by_size_counts_what_it_is_told() -> None:
    # Five units of size 1 and 3 by turns: 1+3, 1+3, 1 with at most 4 a group.
    sizes = [1, 3, 1, 3, 1]
    groups = pack_by_size(5, 4, lambda a, b: sum(sizes[a:b]), lambda _, last: last)
    assert list(groups) == [(0, 2), (2, 4), (4, 5)]


def test_units_without_size_are_packed_too() -> None:
    assert list(pack_by_size(2, 4, lambda _a, _b: 0, lambda _, last: last)) == [(0, 2)]


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 30), max_size=40),
    gaps=st.lists(st.integers(0, 5), min_size=40, max_size=40),
    max_chars=st.integers(30, 90),
    overlap=st.integers(0, 3),
)
def test_packing_keeps_every_unit_and_the_length(
    lengths: list[int], gaps: list[int], max_chars: int, overlap: int
) -> None:
    units: list[tuple[int, int]] = []
    for length, gap in zip(lengths, gaps, strict=False):
        start = units[-1][1] + gap if units else gap
        units.append((start, start + length))
    packed = [extent(group) for group in pack(units, max_chars, overlap)]
    assert all(end - start <= max_chars for start, end in packed)
    assert all(any(s <= a and b <= e for s, e in packed) for a, b in units)
    assert {start for start, _ in packed} <= {start for start, _ in units}
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(packed))
    if not overlap:
        assert all(a[1] <= b[0] for a, b in pairwise(packed))


def joined(sizes: list[int], shortest: int, longest: int, back: bool = True) -> list[int]:
    groups = join_short(
        [[unit] for unit in in_a_row(sizes)],
        is_short=lambda group: lengths([group])[0] < shortest,
        fits=lambda group: lengths([group])[0] <= longest,
        goes_on=lambda _before, _short, _following: not back,
    )
    assert [unit for group in groups for unit in group] == in_a_row(sizes)
    return lengths(groups)


def test_a_short_group_goes_where_it_belongs() -> None:
    assert joined([9, 2, 9], 5, 100) == [11, 9]
    assert joined([9, 2, 9], 5, 100, back=False) == [9, 11]


def test_a_short_group_goes_where_it_fits() -> None:
    assert joined([9, 2, 5], 5, 10) == [9, 7]
    assert joined([5, 2, 9], 5, 10, back=False) == [7, 9]
    assert joined([9, 2, 9], 5, 10) == [9, 2, 9], "nowhere"


def test_short_groups_gather_until_they_are_long_enough() -> None:
    assert joined([2, 2, 2, 2, 2, 2], 5, 100, back=False) == [6, 6]
    assert joined([2, 2, 2, 2], 5, 100, back=False) == [8], "the rest joins what stands before it"
    assert joined([2], 5, 100) == [2]
    assert joined([], 5, 100) == []


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 30), max_size=30),
    shortest=st.integers(0, 30),
    longest=st.integers(30, 60),
    back=st.booleans(),
)
def test_what_is_left_short_fits_with_neither_neighbour(
    sizes: list[int], shortest: int, longest: int, back: bool
) -> None:
    found = joined(sizes, shortest, longest, back)
    assert all(size <= longest for size in found)
    for a, b in pairwise(found):
        assert min(a, b) >= shortest or a + b > longest
