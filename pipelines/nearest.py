"""The name that a mistyped one most likely meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches


def did_you_mean(
    name: str, known: Iterable[str], shown: Callable[[str], str] = lambda match: match
) -> str:
    """`` Did you mean 'bm25'?`` with its leading space, or nothing when no name is near.

    Args:
        name: What was written.
        known: What could have been written.
        shown: How a known name is displayed.
    """
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(name.casefold()[:100], by_folded, n=1, cutoff=0.5)
    return f" Did you mean '{shown(by_folded[matches[0]])}'?" if matches else ""
