"""Waiting in the event loop for a job that runs in a thread, as long as the client waits, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.types import Receive

from pipelines.errors import StoppedError
from tools.server.failures import ApiError, failed, too_late
from tools.server.jobs import Broke, Done, Event, Job, Piece, Stage
from tools.server.worker import Worker

T = TypeVar("T")


class ClientGoneError(Exception):
    """Whoever asked has closed the connection."""


class Mailbox:
    """A job's events, in the loop that made it; `on_stage` may be set to hear its stages."""

    def __init__(
        self, kind: str, work: Callable[[Job], Any], seconds: float, worker: Worker
    ) -> None:
        """Queue the work.

        Raises:
            ApiError: The queue is full, or the server is going down.
        """
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Piece | Done | Broke] = asyncio.Queue()
        self.on_stage: Callable[[str], None] | None = None
        self._job = Job(kind, work, seconds, self._deliver)
        worker.submit(self._job)

    def _deliver(self, event: Event) -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody is left to hear of it
            self._loop.call_soon_threadsafe(self._hear, event)

    def _hear(self, event: Event) -> None:
        if not isinstance(event, Stage):
            self._events.put_nowait(event)
        elif self.on_stage is not None:
            self.on_stage(event.name)

    @property
    def queued(self) -> bool:
        """Whether the work waits for other work."""
        return not self._job.begun

    def cancel(self) -> None:
        """Let the work end; without effect when it has."""
        self._job.cancel()

    async def next(self, beat_seconds: float | None = None) -> Piece | Done | None:
        """The next event; None when none has come for `beat_seconds`.

        Raises:
            ApiError: The work failed, or the deadline passed.
        """
        left = self._job.seconds_left
        patience = left if beat_seconds is None else min(left, beat_seconds)
        try:
            event = await asyncio.wait_for(self._events.get(), max(0.0, patience))
        except TimeoutError:
            if not self._job.stopping():
                return None
            self.cancel()
            raise self._stopped() from None
        if isinstance(event, Broke) and not isinstance(event.error, StoppedError):
            raise failed(event.error) from event.error
        # What was written until it was stopped is no answer.
        if isinstance(event, Broke) or (isinstance(event, Done) and self._job.stopping()):
            raise self._stopped()
        return event

    def _stopped(self) -> ApiError:
        reason = self._job.reason
        return failed(reason) if reason else too_late(self._job.seconds)

    async def result(self) -> Any:
        """What the work returns; raises as `next` does. Whoever stops waiting cancels it."""
        try:
            while not isinstance(event := await self.next(), Done):
                pass
            return event.value
        finally:
            self.cancel()


async def while_there(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """What a coroutine returns, as long as the client waits for it.

    Raises:
        ClientGoneError: It does not any more; the coroutine is cancelled.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGoneError
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
