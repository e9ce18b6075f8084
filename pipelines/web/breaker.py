"""A circuit breaker: a search engine that fails is left alone for a while, by every process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.digest import read_json_object, write_json
from pipelines.web.failure import WebFailure

FAILURES = 3
PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 1800.0


class Breaker:
    """Opens after three failed searches in a row, and at once where the engine limits the rate.

    The first pause is a minute (or as long as the engine asks for), each further one twice as
    long, at most half an hour. After a pause one search is let through: it closes the circuit, or
    opens it again. Its state is a small file, so that a new command does not begin to pester
    again; damaged or unwritable, it begins anew.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            path: The file; None keeps the state in memory.
            clock: Seconds since the epoch.
        """
        self._path = path
        self._clock = clock
        self._memory: dict[str, Any] = {}

    def check(self) -> None:
        """Let a search through, or not.

        Raises:
            WebFailure: "paused", with the seconds that are left and the last failure.
        """
        state = self._read()
        left = state["until"] - self._clock()
        # A clock that was set back must not pause for longer than any pause is.
        if 0 < left <= LONGEST_PAUSE_SECONDS:
            detail = f"for {math.ceil(left)} s more after: {state['last']}"
            raise WebFailure("paused", detail)

    def worked(self) -> None:
        """A search worked: the circuit is closed."""
        if self._read()["failures"]:
            self._write({})

    def failed(self, failure: WebFailure) -> None:
        """A search failed, after all its retries. Without a network nobody was asked."""
        if failure.state == "no network":
            return
        state = self._read()
        failures, pauses = state["failures"] + 1, state["pauses"]
        until = 0.0
        if failure.state == "rate limited" or failures >= FAILURES:
            pause = PAUSE_SECONDS * 2 ** min(pauses, 10)
            pause = min(max(pause, failure.retry_after or 0.0), LONGEST_PAUSE_SECONDS)
            until, pauses = self._clock() + pause, pauses + 1
        self._write(
            {"failures": failures, "pauses": pauses, "until": until, "last": str(failure)[:200]}
        )

    def _read(self) -> dict[str, Any]:
        found = self._memory if self._path is None else read_json_object(self._path)
        until, failures, pauses = (found.get(key, 0) for key in ("until", "failures", "pauses"))
        numbers = all(isinstance(one, int | float) for one in (until, failures, pauses))
        if not numbers or not math.isfinite(until):
            return {"failures": 0, "pauses": 0, "until": 0.0, "last": ""}
        last = str(found.get("last", ""))
        return {"failures": failures, "pauses": pauses, "until": until, "last": last}

    def _write(self, state: dict[str, Any]) -> None:
        self._memory = state
        if self._path is not None:
            try:
                write_json(self._path, state)
            except OSError:
                self._path = None  # a home that can't be written: this process at least remembers
