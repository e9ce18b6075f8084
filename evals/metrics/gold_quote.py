"""Gold evidence as characters of the source, and at which rank a ranking has shown it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

QUOTE_SHARE = 0.8

Span = tuple[int, int]
SourceSpan = tuple[str, int, int]


@dataclass(frozen=True)
class GoldQuote:
    """One piece of evidence: every place where it stands in its source.

    A place is (start, end) in characters of the source, end exclusive; one place found is enough.
    """

    source: str
    places: tuple[Span, ...]


def locate_quote(source: str, text: str, quote: str) -> GoldQuote:
    """Find a quote in a text, white space ignored on both sides.

    Raises:
        ValueError: The quote is blank, or not in the text.
    """
    return FoldedText(source, text).locate(quote)


class FoldedText:
    """A text without its white space, for finding several quotes in it."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self._positions = [i for i, letter in enumerate(text) if not letter.isspace()]
        self._letters = "".join(text[i] for i in self._positions)

    def locate(self, quote: str) -> GoldQuote:
        """See `locate_quote`."""
        wanted = "".join(quote.split())
        if not wanted:
            raise ValueError(f"{self.source}: a quote is blank")
        places: list[Span] = []
        at = self._letters.find(wanted)
        while at >= 0:
            places.append((self._positions[at], self._positions[at + len(wanted) - 1] + 1))
            at = self._letters.find(wanted, at + 1)
        if not places:
            raise ValueError(f"{self.source}: quote not found: {quote[:60]!r}")
        return GoldQuote(self.source, tuple(places))


def quote_ranks(
    ranking: Sequence[SourceSpan], quotes: Sequence[GoldQuote], share: float = QUOTE_SHARE
) -> list[int | None]:
    """At which rank each quote is found, 1-based; None if the whole ranking misses it.

    A quote is found at rank k when the union of the first k spans covers at least `share` of
    the characters of one of its places.

    Args:
        ranking: (source, start, end) of the nodes, best first; spans may overlap.
        quotes: The gold quotes.
        share: In (0, 1].
    """
    return [_rank(ranking, quote, share) for quote in quotes]


def _rank(ranking: Sequence[SourceSpan], quote: GoldQuote, share: float) -> int | None:
    covered: list[list[Span]] = [[] for _ in quote.places]
    for rank, (source, start, end) in enumerate(ranking, 1):
        if source != quote.source:
            continue
        for place, parts in zip(quote.places, covered, strict=True):
            part = max(start, place[0]), min(end, place[1])
            if part[0] < part[1]:
                parts.append(part)
                if _length(parts) >= share * (place[1] - place[0]):
                    return rank
    return None


def _length(spans: Sequence[Span]) -> int:
    """Characters in the union of spans."""
    ordered = sorted(spans)
    ends = accumulate((end for _, end in ordered), max, initial=0)
    return sum(
        max(0, end - max(start, reached))
        for (start, end), reached in zip(ordered, ends, strict=False)
    )
