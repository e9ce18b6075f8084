"""The paragraphs of a block, and the turns of one that was spoken."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipelines.node_parsers.blocks import Block
from pipelines.node_parsers.packing import Units, extent, join_short, pack
from pipelines.node_parsers.units import sentence_units

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)


@dataclass(frozen=True)
class Bounds:
    """How long a group of sentences should be: characters, and seconds of speech (None: any).

    A group below `min_chars` is joined with a neighbour where both fit into the other bounds.
    """

    min_chars: int
    max_chars: int
    sentence_chars: int
    seconds: float | None = None

    @property
    def unit_chars(self) -> int:
        """Longest sentence."""
        return min(self.sentence_chars, self.max_chars)

    @property
    def joined_chars(self) -> int:
        """Longest sentence with the heading or the header line that stands before it."""
        return min(2 * self.sentence_chars, self.max_chars)


def paragraphs(text: str, block: Block, bounds: Bounds) -> list[Units]:
    """The sentence units of a block's paragraphs, in order.

    Paragraphs are what blank lines part, outside of fenced code; in a block without any, its lines;
    in a transcript its turns (see `turns`). One longer than `max_chars` is cut at sentence ends
    into about equal parts, one shorter than `min_chars` joined with the shorter one of its
    neighbours.
    """
    if block.turns:
        return turns(text, block, bounds)
    units = sentence_units(text, block, bounds.unit_chars, bounds.joined_chars)
    parts = [p for paragraph in _by_gap(text, units) for p in pack(paragraph, bounds.max_chars)]
    return join_short(
        parts,
        is_short=lambda part: _length(part) < bounds.min_chars,
        fits=lambda part: _length(part) <= bounds.max_chars,
        goes_on=lambda before, _, following: _length(following) < _length(before),
    )


def turns(text: str, block: Block, bounds: Bounds) -> list[Units]:
    """The sentence units of a recording's turns, in order; none without turns or text.

    A turn longer than `max_chars` or `seconds` is cut at sentence ends into about equal parts. One
    with less than `min_chars` of speech is joined with a neighbour, rather one of the same speaker
    than another, then the shorter one. Times inside of a turn are interpolated by character, so a
    part of at most `min_chars` may last longer: a word and then silence is not cut.
    """

    def spoken(part: Units) -> int:
        start, end = extent(part)
        found = block.turns_in(start, end)
        return sum(min(end, t.end_char) - max(start, t.start_char) for t in found)

    def fits(part: Units) -> bool:
        within = _length(part) <= bounds.max_chars
        return within and (bounds.seconds is None or _seconds(block, part) <= bounds.seconds)

    def goes_on(before: Units, short: Units, following: Units) -> bool:
        own = _speakers(block, short)
        if bool(own & _speakers(block, before)) != bool(own & _speakers(block, following)):
            return bool(own & _speakers(block, following))
        return _length(following) < _length(before)

    parts = [part for turn in block.by_turn() for part in _turn_parts(text, turn, bounds)]
    return join_short(parts, lambda part: spoken(part) < bounds.min_chars, fits, goes_on)


def _by_gap(text: str, units: Units) -> Iterator[Units]:
    """Units between blank lines outside of fenced code, or between line ends if there are none."""
    if not units:
        return
    fences = [match.start() for match in _FENCE.finditer(text, units[0][0], units[-1][1])]
    gaps = [(before[1], after[0]) for before, after in pairwise(units)]
    in_code = [bisect_right(fences, end) % 2 == 1 for end, _ in gaps]
    breaks = [
        not code and _BLANK_LINE.search(text, *gap) is not None
        for code, gap in zip(in_code, gaps, strict=True)
    ]
    if not any(breaks):
        breaks = [
            not code and text.find("\n", *gap) >= 0 for code, gap in zip(in_code, gaps, strict=True)
        ]
    edges = [0, *(index + 1 for index, is_break in enumerate(breaks) if is_break), len(units)]
    for first, last in pairwise(edges):
        yield units[first:last]


def _turn_parts(text: str, turn: Block, bounds: Bounds) -> Iterator[Units]:
    longest = bounds.max_chars
    duration = _times(turn, turn.start, turn.end)
    if bounds.seconds is not None and duration > bounds.seconds:
        said = turn.turns[0]
        share = bounds.seconds / duration * (said.end_char - said.start_char)
        longest = max(bounds.min_chars, 1, min(longest, int(share)))
    unit_chars, joined_chars = min(bounds.unit_chars, longest), min(bounds.joined_chars, longest)
    yield from pack(sentence_units(text, turn, unit_chars, joined_chars), longest)


def _length(part: Units) -> int:
    start, end = extent(part)
    return end - start


def _seconds(block: Block, part: Units) -> float:
    return _times(block, *extent(part))


def _times(block: Block, start: int, end: int) -> float:
    """Seconds from the beginning to the end of text[start:end]; 0 where times are unknown."""
    place = block.place(start, end)
    return float(place["t_end"]) - float(place["t_start"]) if "t_start" in place else 0.0


def _speakers(block: Block, part: Units) -> set[str]:
    return {str(turn.metadata.get("speaker") or "") for turn in block.turns_in(*extent(part))}
