"""Stretches of two long texts that say the same, letter by letter, in near-linear time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from storage.recordings.common_letters import (
    Anchor,
    common_letters,
    longest_increasing,
    once,
    shared_once,
)

# Letters of an anchor: long enough that two talks share few by chance, short enough that many are
# heard alike where one letter in ten is not (.9 ** 8 = .43). Latin letters say about half as much.
_ANCHOR = 8
_LATIN_ANCHOR = 16
# Letters, about a minute: what may lie between two anchors of one stretch, in either text.
_GAP = 400
# How far one text may get ahead of the other between two anchors, in letters.
_DRIFT = 200
# Fewest letters of a stretch that stand in anchors, in anchors' lengths.
_FEWEST = 5
# Letters before the first and behind the last anchor that may still belong to a stretch.
_MARGIN = 60
_SMALL_ANCHOR = 4


@dataclass(frozen=True)
class Run:
    """`length` letters that stand at `first` in one text and at `second` in the other."""

    first: int
    second: int
    length: int

    @property
    def first_end(self) -> int:
        """One past the last letter in the first text."""
        return self.first + self.length

    @property
    def second_end(self) -> int:
        """One past the last letter in the second text."""
        return self.second + self.length


Span = tuple[int, int]


def matching_stretches(first: str, second: str) -> list[list[Run]]:
    """Stretches in which two texts say the same: the runs of equal letters of each, in order.

    Anchors are grams of 8 letters (16 where most are Latin) that occur once in each text. Those
    that lie near each other in both texts (400 letters, 200 apart in drift) make a stretch; inside
    of it the longest increasing chain of them is kept, and what lies between is matched letter by
    letter.
    Stretches may stand in another order in the second text; none overlaps another in either.

    Args:
        first: Letters alone, folded (`Recording.letters`).
        second: The same of the other.

    Returns:
        Stretches by their place in the first text, runs increasing in both texts; no stretch with
        fewer than 40 letters in anchors.

    Source: anchors and chaining as in MUMmer (Delcher et al. 1999); unique anchors and longest
    increasing subsequence as in patience diff.
    """
    size = _LATIN_ANCHOR if _is_latin(first) and _is_latin(second) else _ANCHOR
    found: list[list[Run]] = []
    for near in _stretches(shared_once(first, once(second, size), size)):
        runs = _runs(longest_increasing(near), size)
        if sum(run.length for run in runs) >= _FEWEST * size:
            found.append(runs)
    kept = _apart(found)
    in_first = _margins([(runs[0].first, runs[-1].first_end) for runs in kept], len(first))
    in_second = _margins([(runs[0].second, runs[-1].second_end) for runs in kept], len(second))
    matched = [
        _matched(first, second, runs, one, other)
        for runs, one, other in zip(kept, in_first, in_second, strict=True)
    ]
    return sorted(matched, key=lambda runs: runs[0].first)


def _is_latin(text: str) -> bool:
    sample = text[:: max(1, len(text) // 2000)]
    return 2 * sum(letter.isascii() for letter in sample) > len(sample)


@dataclass
class _Stretch:
    anchors: list[Anchor] = field(default_factory=list)


def _stretches(anchors: Sequence[Anchor]) -> Iterator[list[Anchor]]:
    """Anchors in groups of those that are near each other in both texts."""
    groups: list[_Stretch] = []
    by_drift: dict[int, _Stretch] = {}
    for anchor in anchors:
        drift = anchor[1] - anchor[0]
        bucket = drift // _DRIFT
        near = [
            by_drift[key]
            for key in (bucket, bucket - 1, bucket + 1)
            if key in by_drift and _is_near(by_drift[key].anchors[-1], anchor)
        ]
        if near:
            group = min(near, key=lambda one: abs(one.anchors[-1][1] - one.anchors[-1][0] - drift))
        else:
            group = _Stretch()
            groups.append(group)
        group.anchors.append(anchor)
        by_drift[bucket] = group
    return (group.anchors for group in groups)


def _is_near(last: Anchor, anchor: Anchor) -> bool:
    return (
        anchor[0] - last[0] <= _GAP
        and abs(anchor[1] - last[1]) <= _GAP
        and abs((anchor[1] - anchor[0]) - (last[1] - last[0])) <= _DRIFT
    )


def _runs(anchors: Sequence[Anchor], size: int) -> list[Run]:
    """Increasing anchors of `size` letters as runs that do not overlap in either text."""
    runs: list[Run] = []
    for first, second in anchors:
        if runs and first - second == runs[-1].first - runs[-1].second:
            last = runs[-1]
            if first <= last.first_end:
                runs[-1] = Run(last.first, last.second, first + size - last.first)
                continue
        skipped = max(0, runs[-1].first_end - first, runs[-1].second_end - second) if runs else 0
        if skipped < size:
            runs.append(Run(first + skipped, second + skipped, size - skipped))
    return runs


def _apart(stretches: list[list[Run]]) -> list[list[Run]]:
    """Stretches that overlap in neither text: where two do, the one with more letters stays."""
    kept: list[list[Run]] = []
    taken: tuple[list[Span], list[Span]] = ([], [])
    for runs in sorted(stretches, key=lambda runs: -sum(run.length for run in runs)):
        spans = (
            (runs[0].first, runs[-1].first_end),
            (runs[0].second, runs[-1].second_end),
        )
        if all(_is_free(span, spans_of) for span, spans_of in zip(spans, taken, strict=True)):
            kept.append(runs)
            for span, spans_of in zip(spans, taken, strict=True):
                insort(spans_of, span)
    return kept


def _is_free(span: Span, taken: Sequence[Span]) -> bool:
    """Whether a span overlaps none of the sorted ones, which do not overlap each other."""
    at = bisect_left(taken, span)
    return (at == 0 or taken[at - 1][1] <= span[0]) and (
        at == len(taken) or span[1] <= taken[at][0]
    )


def _margins(spans: Sequence[Span], length: int) -> list[Span]:
    """How far each span may grow at both ends: to its margin, and half the way to the next."""
    order = sorted(range(len(spans)), key=lambda index: spans[index])
    margins = list(spans)
    for rank, index in enumerate(order):
        start, end = spans[index]
        before = spans[order[rank - 1]][1] if rank else -start
        behind = spans[order[rank + 1]][0] if rank + 1 < len(order) else 2 * length - end
        margins[index] = (
            max(start - _MARGIN, start - (start - before) // 2),
            min(end + _MARGIN, end + (behind - end) // 2),
        )
    return margins


def _matched(
    first: str, second: str, runs: list[Run], in_first: Span, in_second: Span
) -> list[Run]:
    """The runs with what matches between them, and around them inside of the given margins."""
    start, end = runs[0], runs[-1]
    anchors = [
        *_margin(first, second, (in_first[0], in_second[0]), (start.first, start.second)),
        *runs,
        *_margin(first, second, (end.first_end, end.second_end), (in_first[1], in_second[1])),
    ]
    found = [anchors[0]]
    for before, after in pairwise(anchors):
        found += [
            Run(before.first_end + i, before.second_end + j, length)
            for i, j, length in common_letters(
                first[before.first_end : after.first], second[before.second_end : after.second]
            )
        ]
        found.append(after)
    return _joined(found)


def _margin(first: str, second: str, start: Anchor, end: Anchor) -> list[Run]:
    """Runs of four letters or more between two places of both texts that occur there once."""
    shared = shared_once(
        first[start[0] : end[0]], once(second[start[1] : end[1]], _SMALL_ANCHOR), _SMALL_ANCHOR
    )
    anchors = [(start[0] + i, start[1] + j) for i, j in longest_increasing(shared)]
    return _runs(anchors, _SMALL_ANCHOR)


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Runs that go on in each other as one."""
    joined: list[Run] = []
    for run in runs:
        if joined and (joined[-1].first_end, joined[-1].second_end) == (run.first, run.second):
            joined[-1] = Run(joined[-1].first, joined[-1].second, joined[-1].length + run.length)
        else:
            joined.append(run)
    return joined
