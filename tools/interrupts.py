"""Ctrl-C that is counted instead of raised."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """While entered, Ctrl-C adds one to `count` and nothing else happens.

    An exception out of nowhere could hit a half-written line or a lock. The handler does nothing
    but count, because it may run between any two steps of the main thread. Outside of the main
    thread, where Python delivers no signals, entering changes nothing.
    """

    def __init__(self) -> None:
        self.count = 0
        self._previous: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._add)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _add(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.count += 1
