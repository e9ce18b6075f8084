"""What two short texts have in common, letter by letter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

# Cells of the table of a longest common subsequence: 64 letters against 64.
_MOST_CELLS = 4096
# Below this share of the shorter text, letters in common are chance: two Japanese sentences about
# different things have about a quarter of their letters in common in the same order.
_CHANCE = 0.4


# A place in one text and in the other.
Anchor = tuple[int, int]


def once(text: str, size: int) -> dict[str, int]:
    """The grams of `size` letters with their places; -1 for one that stands there twice or more."""
    places: dict[str, int] = {}
    for place in range(len(text) - size + 1):
        gram = text[place : place + size]
        places[gram] = -1 if gram in places else place
    return places


def shared_once(text: str, there: Mapping[str, int], size: int) -> list[Anchor]:
    """Where grams stand that occur once in each of two texts, by their place in `text`.

    Args:
        text: One of the texts.
        there: `once` of the other, with the same size.
        size: Letters of a gram.
    """
    return [
        (place, there[gram])
        for gram, place in once(text, size).items()
        if place >= 0 and there.get(gram, -1) >= 0
    ]


def longest_increasing(anchors: Sequence[Anchor]) -> list[Anchor]:
    """The longest chain of anchors, sorted by the first place, whose second places increase."""
    tails: list[int] = []
    last_of: list[int] = []
    before: list[int] = []
    for index, (_, second) in enumerate(anchors):
        length = bisect_left(tails, second)
        before.append(last_of[length - 1] if length else -1)
        tails[length : length + 1] = [second]
        last_of[length : length + 1] = [index]
    chain = []
    index = last_of[-1] if last_of else -1
    while index >= 0:
        chain.append(anchors[index])
        index = before[index]
    return chain[::-1]


def common_letters(first: str, second: str) -> list[tuple[int, int, int]]:
    """Runs of letters that stand in both texts in the same order: (first, second, length).

    Texts of up to 64 by 64 letters are matched exactly, by a longest common subsequence; longer
    ones are divided at the grams of four letters, then two, that occur once in each. What has less
    in common than two sentences about different things is given as nothing.
    """
    return _divided(first, second, 0, 0, (4, 2))


def _divided(
    first: str, second: str, i: int, j: int, sizes: tuple[int, ...]
) -> list[tuple[int, int, int]]:
    head = 0
    while head < min(len(first), len(second)) and first[head] == second[head]:
        head += 1
    tail = 0
    most = min(len(first), len(second)) - head
    while tail < most and first[-1 - tail] == second[-1 - tail]:
        tail += 1
    runs = [(i, j, head)] if head else []
    a, b = first[head : len(first) - tail], second[head : len(second) - tail]
    if a and b:
        runs += _inner(a, b, i + head, j + head, sizes)
    if tail:
        runs.append((i + len(first) - tail, j + len(second) - tail, tail))
    return runs


def _inner(
    first: str, second: str, i: int, j: int, sizes: tuple[int, ...]
) -> list[tuple[int, int, int]]:
    if len(first) * len(second) <= _MOST_CELLS:
        pairs = _longest_common(first, second)
        if len(pairs) < _CHANCE * min(len(first), len(second)):
            return []
        return [(i + a, j + b, 1) for a, b in pairs]
    if not sizes:
        return []
    size, *smaller = sizes
    anchors = longest_increasing(shared_once(first, once(second, size), size))
    if not anchors:
        return _inner(first, second, i, j, tuple(smaller))
    runs: list[tuple[int, int, int]] = []
    here = there = 0
    for place, other in [*anchors, (len(first), len(second))]:
        if place < here or other < there:
            continue  # overlaps the anchor before it
        piece = first[here:place], second[there:other]
        runs += _divided(*piece, i + here, j + there, tuple(smaller))
        if place < len(first):
            runs.append((i + place, j + other, size))
        here, there = place + size, other + size
    return runs


def _longest_common(first: str, second: str) -> list[tuple[int, int]]:
    """Places of a longest common subsequence, by the table of its lengths from the ends."""
    width = len(second)
    table = [[0] * (width + 1)]
    for letter in reversed(first):
        below = table[-1]
        row = [0] * (width + 1)
        for j in range(width - 1, -1, -1):
            row[j] = (
                below[j + 1] + 1
                if letter == second[j]
                else (below[j] if below[j] >= row[j + 1] else row[j + 1])
            )
        table.append(row)
    table.reverse()
    pairs = []
    i = j = 0
    while i < len(first) and j < width:
        if first[i] == second[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif table[i + 1][j] >= table[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
