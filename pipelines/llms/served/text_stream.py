"""Pieces of text as a server sends them: no reasoning, nothing after a stop string."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.llms.stopping import pending, strip_reasoning


class TextStream:
    """Releases the text that can no longer change, as `TextAssembler` does for tokens.

    Servers know stop strings, too; not all of them as many as may be given, nor all that a model
    writes before them.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = tuple(s for s in stop if s)
        self._said = ""
        self._released = 0
        self.stopped = False

    def push(self, piece: str) -> str:
        """Take a piece; return the text that became certain (often "")."""
        self._said += piece
        return self._release(final=False)

    def finish(self) -> str:
        """Return what was still held back; call once, after the last piece."""
        return self._release(final=True)

    @property
    def text(self) -> str:
        """The visible text so far, held back or not."""
        return self._visible(final=True)

    def _release(self, final: bool) -> str:
        visible = self._visible(final)
        fresh = visible[self._released :]
        self._released = max(self._released, len(visible))
        return fresh

    def _visible(self, final: bool) -> str:
        text = strip_reasoning(self._said, final)
        for stop in self._stop:
            at = text.find(stop)
            if at >= 0:
                self.stopped = True
                text = text[:at]
        if final or self.stopped:
            return text
        return text[: len(text) - pending(text, self._stop)]
