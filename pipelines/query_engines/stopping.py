"""Ending between two steps of an engine, where nobody waits for the answer any more."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.errors import StoppedError


def stop_if(cancelled: Callable[[], bool] | None) -> None:
    """Go on only if nobody said to stop.

    Raises:
        StoppedError: `cancelled` says so.
    """
    if cancelled and cancelled():
        raise StoppedError("stopped")
