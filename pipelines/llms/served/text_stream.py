"""Pieces of text as a server sends them: no reasoning, nothing after a stop string."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.llms.stopping import GrowingText


class TextStream(GrowingText):
    """The text of pieces.

    Servers know stop strings, too; not all of them as many as may be given, nor all that a model
    writes before them.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        super().__init__(stop)
        self._said = ""

    def push(self, piece: str) -> str:
        """Take a piece; return the text that became certain (often "")."""
        self._said += piece
        return self._release(final=False)

    def _written(self) -> str:
        return self._said
