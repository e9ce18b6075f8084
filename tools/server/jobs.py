"""A piece of work for a worker's thread, and what it reports to whoever waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.errors import StoppedError


@dataclass(frozen=True)
class Stage:
    """A stage of the work begins."""

    name: str


@dataclass(frozen=True)
class Piece:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True)
class Done:
    """The last event of work that went well."""

    value: Any


@dataclass(frozen=True)
class Broke:
    """The last event of work that did not."""

    error: Exception


Event = Stage | Piece | Done | Broke


class Job:
    """Runs once, in a worker's thread; every other method may be called from any thread.

    Args:
        kind: What sort of work it is, for the metrics.
        work: Gets the job, so that it can report and ask whether to stop.
        seconds: From now until nobody waits any more, waiting in the queue included.
        deliver: Hears the events, in the worker's thread.
    """

    def __init__(
        self,
        kind: str,
        work: Callable[[Job], Any],
        seconds: float,
        deliver: Callable[[Event], None],
    ) -> None:
        self.kind = kind
        self.seconds = seconds
        self.reason: Exception | None = None
        self._deadline = time.monotonic() + seconds
        self._work = work
        self._deliver = deliver
        self._cancelled = False
        self._begun = False

    @property
    def seconds_left(self) -> float:
        """Until the deadline; negative when it has passed."""
        return self._deadline - time.monotonic()

    @property
    def begun(self) -> bool:
        """Whether a worker has taken it from the queue."""
        return self._begun

    def cancel(self, reason: Exception | None = None) -> None:
        """Let the work end at its next step.

        Args:
            reason: What to tell whoever waits; None when nobody does.
        """
        if not self._cancelled:
            self._cancelled, self.reason = True, reason

    def stopping(self) -> bool:
        """Whether the work is to end."""
        return self._cancelled or self.seconds_left <= 0

    def on_stage(self, stage: str) -> None:
        """Report that a stage of the work begins, unless it is to end.

        Raises:
            StoppedError: It is.
        """
        if self.stopping():
            raise StoppedError("stopped")
        self._deliver(Stage(stage))

    def on_piece(self, text: str) -> None:
        """Report a piece of the answer."""
        self._deliver(Piece(text))

    def refuse(self, error: Exception) -> None:
        """End without having run."""
        self._deliver(Broke(error))

    def run(self) -> str:
        """Do the work and report how it ended.

        Returns:
            done, stopped or failed.
        """
        self._begun = True
        try:
            value = self._work(self)
        except StoppedError as error:
            self._deliver(Broke(error))
            return "stopped"
        except Exception as error:  # noqa: BLE001 - the thread's boundary: it must not die
            self._deliver(Broke(error))
            return "failed"
        self._deliver(Done(value))
        return "stopped" if self.stopping() else "done"
