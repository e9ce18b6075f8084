"""Answers of a server that are the same tomorrow, such as the tokens of a text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
# Passages are counted for several questions, prompts when they are checked and when they are read.
MOST = 2048


class Remembered(Generic[Key, Value]):
    """A function whose last 2048 results are kept; a failure is not."""

    def __init__(self, ask: Callable[[Key], Value]) -> None:
        self._ask = ask
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __call__(self, key: Key) -> Value:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        value = self._kept[key] = self._ask(key)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return value
