"""Turning tokens into text as they come: whole characters, no reasoning, nothing after a stop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

THINK_OPEN = "<think>"
THINK_CLOSE = "</think>"


class GrowingText(ABC):
    """Releases the text that can no longer change.

    Text is held back while it may still become a stop string, a reasoning block or half a
    character. A reasoning block counts only at the head of the answer; one that never closes
    leaves no text.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = tuple(s for s in stop if s)
        self._released = 0
        self.stopped = False

    @abstractmethod
    def _written(self) -> str:
        """All that was written so far."""

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
        text = strip_reasoning(self._written(), final)
        for stop in self._stop:
            at = text.find(stop)
            if at >= 0:
                self.stopped = True
                text = text[:at]
        if final or self.stopped:
            return text
        # An unfinished UTF-8 sequence decodes to U+FFFD at the end.
        text = text.rstrip("�")
        return text[: len(text) - pending(text, self._stop)]


class TextAssembler(GrowingText):
    """The text of a growing list of tokens."""

    def __init__(self, tokenizer: Any, stop: Sequence[str] = ()) -> None:
        super().__init__(stop)
        self._tokenizer = tokenizer
        self._ids: list[int] = []

    def push(self, token_id: int) -> str:
        """Take one token; return the text that became certain (often "")."""
        self._ids.append(token_id)
        return self._release(final=False)

    def _written(self) -> str:
        return str(self._tokenizer.decode(self._ids, skip_special_tokens=True))


def strip_reasoning(text: str, final: bool) -> str:
    """The text without a leading reasoning block.

    Args:
        text: What the model wrote so far.
        final: Whether no more text will come.
    """
    head = text.lstrip()
    if head.startswith(THINK_OPEN):
        _, closed, after = head.partition(THINK_CLOSE)
        return after.lstrip() if closed else ""
    if not final and head and THINK_OPEN.startswith(head):
        return ""
    return head


def pending(text: str, stops: Sequence[str]) -> int:
    """Characters at the end of `text` that may be the beginning of a stop string."""
    longest = 0
    for stop in stops:
        for size in range(min(len(stop) - 1, len(text)), longest, -1):
            if text.endswith(stop[:size]):
                longest = size
                break
    return longest


def end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a turn: the tokenizer's and the generation config's."""
    ends = {tokenizer.eos_token_id}
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ends.update(configured if isinstance(configured, list) else [configured])
    return frozenset(end for end in ends if end is not None)
