"""What a cleaning step owes, and how steps follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.composition import composed
from storage.cleaning.edit import Change


class CleaningStep(Protocol):
    """Repairs one kind of damage. Safe to share between threads.

    What a step made it leaves alone when it reads it again, and so it does with headings, the lines
    that open turns, times, tables, code and addresses (`storage.cleaning.prose`). It reads nothing
    as an instruction.
    """

    @property
    def name(self) -> str:
        """The `kind` of its settings."""
        ...

    def changes(self, text: str) -> Sequence[Change]:
        """What it would change in a text: in order, none overlapping. Linear in the length."""
        ...


def clean(text: str, steps: Iterable[CleaningStep]) -> CleanedText:
    """The text after the steps, one after the other, with edits that count into `text` itself.

    Args:
        text: The original; any text.
        steps: Each reads what the one before it left.
    """
    result = CleanedText(text)
    for step in steps:
        result = composed(result, step.name, step.changes(result.text))
    return result
