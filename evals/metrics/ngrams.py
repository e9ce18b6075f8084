"""Runs of n neighbours of a sequence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def ngrams(items: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of n items occurs; none if there are fewer items."""
    return Counter(tuple(items[at : at + n]) for at in range(len(items) - n + 1))
