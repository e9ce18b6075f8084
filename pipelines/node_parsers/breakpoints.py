"""Where a text changes its subject, judged by the similarity of what stands before and behind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.node_parsers.packing import Span, Units, extent

Floats = NDArray[np.float64]
Breaks = NDArray[np.bool_]


def around(units: Units, buffer: int) -> list[tuple[Span, Span]]:
    """The two spans to compare at each gap: its sentences, each with `buffer` on both sides.

    G. Kamradt, 5 Levels of Text Splitting (2024), as LlamaIndex's SemanticSplitterNodeParser.
    """
    groups = [extent(units[max(0, i - buffer) : i + buffer + 1]) for i in range(len(units))]
    return list(pairwise(groups))


def beside(units: Units, size: int) -> list[tuple[Span, Span]]:
    """The two spans to compare at each gap: `size` sentences before it and behind it.

    M. Hearst, TextTiling, Computational Linguistics 23(1), 1997, section 4.2.1 (blocks).
    """
    return [
        (extent(units[max(0, gap - size) : gap]), extent(units[gap : gap + size]))
        for gap in range(1, len(units))
    ]


def beyond_percentile(distances: Sequence[Floats], percentile: float) -> list[Breaks]:
    """The gaps whose distance is greater than this percentile of those of all blocks."""
    gaps = np.concatenate(distances) if distances else np.empty(0)
    threshold = np.percentile(gaps, percentile) if gaps.size else 0.0
    return [block > threshold for block in distances]


def smoothed(similarities: Floats) -> Floats:
    """Each value's mean with its two neighbours, with one at the ends (Hearst 1997)."""
    if not similarities.size:
        return similarities
    sums, counts = (np.convolve(v, np.ones(3))[1:-1] for v in (similarities, similarities**0))
    return np.asarray(sums / counts)


def depths(similarities: Floats) -> Floats:
    """How far the similarity rises from each gap to the next peak on its left and on its right.

    Depth of gap i: (left peak - s_i) + (right peak - s_i), Hearst (1997), section 4.3; 0 where a
    gap is no valley: the lowest of its surroundings, the first of equals, lower than both peaks.
    """
    found = np.zeros_like(similarities)
    left, right = _peaks(similarities), _peaks(similarities[::-1])[::-1]
    for i in range(1, len(similarities) - 1):
        low = similarities[i]
        if similarities[i - 1] > low <= similarities[i + 1] and right[i] > low:
            found[i] = left[i] + right[i] - 2 * low
    return found


def valleys(similarities: Sequence[Floats]) -> list[Breaks]:
    """The valleys that are deep among those of all blocks.

    A depth counts from their mean less half a standard deviation on, the stricter cutoff of Hearst
    (1997), section 4.3.
    """
    found = [depths(block) for block in similarities]
    deep = np.concatenate([block[block > 0] for block in found]) if found else np.empty(0)
    if not deep.size:
        return [np.zeros(block.shape, dtype=np.bool_) for block in found]
    cutoff = deep.mean() - deep.std() / 2
    return [(block > 0) & (block >= cutoff) for block in found]


def segments(
    units: Units, breaks: Breaks, strengths: Floats, min_chars: int, max_chars: int
) -> list[Units]:
    """Units between the breaks; what is longer than `max_chars` is cut at its strongest gaps.

    Args:
        units: (start, end) of sentences, in order, each at most `max_chars` long.
        breaks: For each gap between two of them, whether to cut there.
        strengths: For each gap how likely the subject changes there.
        min_chars: A cut of what is too long leaves no shorter piece where another gap allows it.
        max_chars: Longest segment.
    """
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(units)]
    waiting = [(a, b) for a, b in pairwise(edges) if a < b][::-1]
    found: list[Units] = []
    starts = np.array([start for start, _ in units])
    ends = np.array([end for _, end in units])
    while waiting:
        first, last = waiting.pop()
        if ends[last - 1] - starts[first] <= max_chars:
            found.append(units[first:last])
            continue
        inner = strengths[first : last - 1]
        before = ends[first : last - 1] - starts[first]
        after = ends[last - 1] - starts[first + 1 : last]
        roomy = (before >= min_chars) & (after >= min_chars)
        choice = np.where(roomy, inner, -np.inf) if roomy.any() else inner
        cut = first + 1 + int(np.argmax(choice))
        waiting += [(cut, last), (first, cut)]
    return found


def _peaks(values: Floats) -> Floats:
    """For each place the value of the peak that is reached by climbing to its left."""
    peaks = values.copy()
    for i in range(1, len(values)):
        if values[i - 1] >= values[i]:
            peaks[i] = peaks[i - 1]
    return peaks
