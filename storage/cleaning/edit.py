"""A replaced stretch, in the text that a step read and in the original."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BOTH = "+"
"""Between the names of the steps that made an edit together."""


@dataclass(frozen=True)
class Change:
    """`replacement` in place of the characters from `start` to before `end` of the text that a
    step read; `reason` says why in words. `start == end` inserts."""

    start: int
    end: int
    replacement: str
    reason: str


@dataclass(frozen=True)
class Edit:
    """`replacement` in place of `replaced`, the characters from `start` to before `end` of the
    original text.

    `step` is the step that made it; "unicode+fillers" when the changes of two touch each other and
    became one edit, whose `reason` then gives both, after a semicolon.
    """

    start: int
    end: int
    replaced: str
    replacement: str
    step: str
    reason: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of the steps that made it, in the order in which they ran."""
        return tuple(self.step.split(BOTH))


def changed(text: str, changes: Sequence[Change]) -> str:
    """The text with the changes made.

    Args:
        text: What the changes count into.
        changes: In order, none overlapping.

    Raises:
        ValueError: They overlap, are out of order or outside of the text.
    """
    pieces, at = [], 0
    for one in changes:
        if not at <= one.start <= one.end <= len(text):
            raise ValueError(f"change {one.start}-{one.end}: out of order or outside of the text")
        pieces += [text[at : one.start], one.replacement]
        at = one.end
    return "".join([*pieces, text[at:]])


def restored(cleaned: str, edits: Iterable[Edit]) -> str:
    """The original text, from the cleaned one and its edits alone.

    Args:
        cleaned: `CleanedText.text`.
        edits: `CleanedText.edits`, all of them.
    """
    pieces: list[str] = []
    at = original = 0
    for edit in edits:
        kept = edit.start - original
        pieces += [cleaned[at : at + kept], edit.replaced]
        at += kept + len(edit.replacement)
        original = edit.end
    return "".join([*pieces, cleaned[at:]])
