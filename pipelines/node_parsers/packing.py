"""Packs neighbouring units of text into nodes that are neither too long nor too short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Span = tuple[int, int]
Units = list[Span]


def extent(units: Sequence[Span]) -> Span:
    """From the first unit's start to the last one's end, in characters."""
    return units[0][0], units[-1][1]


def pack(units: Units, max_chars: int, overlap: int = 0) -> Iterator[Units]:
    """Join neighbouring units into groups of at most `max_chars`, of about equal length.

    Args:
        units: (start, end), in order, each at most `max_chars` long.
        max_chars: Longest group, from its first unit's start to its last one's end; 0 for one
            unit a group.
        overlap: Units that a group repeats from the end of the one before; fewer where they
            would leave no room for a new one.
    """
    if not max_chars:
        yield from ([unit] for unit in units)
        return
    for first, last in pack_by_size(
        len(units),
        max_chars,
        size=lambda first, last: units[last - 1][1] - units[first][0],
        carry=lambda _first, last: last - overlap,
    ):
        yield units[first:last]


def pack_by_size(
    count: int,
    longest: int,
    size: Callable[[int, int], int],
    carry: Callable[[int, int], int],
) -> Iterator[tuple[int, int]]:
    """Groups of neighbouring units as (first, last), last exclusive, of about equal size.

    Args:
        count: Number of units.
        longest: Largest size of a group; a unit that is larger is a group of its own.
        size: The size of units[first:last] together.
        carry: For a group (first, last), the unit that the next one would like to begin with; it
            begins later where that would leave no room for a new unit.
    """
    first, last = 0, 0
    while last < count:
        # An even share of what is left, so that the last group is not a scrap.
        left = max(1, size(first, count))
        share = left / -(-left // longest)
        last += 1
        while last < count and size(first, last + 1) <= longest:
            if size(first, last) >= share:
                break
            last += 1
        yield first, last
        if last < count:
            first = max(first + 1, carry(first, last))
            while first < last and size(first, last + 1) > longest:
                first += 1


def join_short(
    groups: Sequence[Units],
    is_short: Callable[[Units], bool],
    fits: Callable[[Units], bool],
    goes_on: Callable[[Units, Units, Units], bool],
) -> list[Units]:
    """Join groups that are too short to mean anything with a neighbour.

    Afterwards a group is short only where it fits together with neither neighbour.

    Args:
        groups: Neighbouring groups of units, in order.
        is_short: Whether a group should not stand alone.
        fits: Whether a joined group may be made.
        goes_on: For (before, short, following), all of which fit in either pair: whether the short
            one belongs to what follows it.
    """
    joined: list[Units] = []
    for index, group in enumerate(groups):
        joined.append(group)
        following = groups[index + 1] if index + 1 < len(groups) else []
        while len(joined) > 1:
            before, last = joined[-2:]
            if not fits(before + last):
                break
            if not is_short(before):
                waits = following and fits(last + following) and goes_on(before, last, following)
                if waits or not is_short(last):
                    break
            joined[-2:] = [before + last]
    return joined
