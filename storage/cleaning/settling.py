"""Runs a search for damage on each stretch of prose, until it finds nothing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.composition import composed
from storage.cleaning.edit import Change
from storage.cleaning.prose import prose

Search = Callable[[str], Sequence[Change]]
"""What is to be changed in a stretch of prose: in order, none overlapping, counted from its start.

Rounds must come to an end: each shortens the stretch, or adds what is added to a place once only.
"""


def settled(text: str, search: Search) -> list[Change]:
    """The changes of all stretches of prose, which leave nothing that the search would change.

    Args:
        text: What the changes count into.
        search: Sees one stretch at a time.
    """
    return [
        Change(start + one.start, start + one.end, one.replacement, one.reason)
        for start, end in prose(text)
        for one in _rounds(text[start:end], search)
    ]


def _rounds(stretch: str, search: Search) -> Sequence[Change]:
    first = search(stretch)
    if not first:
        return first
    result = composed(CleanedText(stretch), "", first)
    while found := search(result.text):
        result = composed(result, "", found)
    return [Change(e.start, e.end, e.replacement, e.reason) for e in result.edits]
