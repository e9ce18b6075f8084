"""What a person should know of an answer beside its text, said from wherever it is found out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

log = logging.getLogger(__name__)

_taken: ContextVar[list[str] | None] = ContextVar("notes", default=None)


@contextmanager
def noted() -> Iterator[list[str]]:
    """The notes that are made inside, in order, each once; an inner block's are its own."""
    notes: list[str] = []
    token = _taken.set(notes)
    try:
        yield notes
    finally:
        _taken.reset(token)


def note(text: str) -> None:
    """Say something about the answer that is being made; where nobody takes notes, to the log."""
    notes = _taken.get()
    if notes is None:
        log.warning("%s", text)
    elif text not in notes:
        notes.append(text)
