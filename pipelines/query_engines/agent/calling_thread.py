"""A workflow inside a call that blocks: its loop in a thread of its own, its work in the caller's.

An open collection belongs to the thread that opened it, and whoever asks may stand in an event
loop already, where no second one can run. So the loop runs elsewhere and hands the work back.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[], None]


class CallingThread:
    """Runs one coroutine, and does in the thread that called `run` what it asks for by `call`."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._ended = False
        self._error: BaseException | None = None
        self._result: Any = None

    def run(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The coroutine's result; what the work raised is raised here, and ends the coroutine."""
        thread = threading.Thread(target=self._serve, args=(main,), name="workflow", daemon=True)
        thread.start()
        try:
            while (work := self._waiting.get()) is not None:
                work()
        finally:
            self._cancel()
            thread.join()
        if self._error is not None:
            raise self._error
        result: T = self._result
        return result

    async def call(self, work: Callable[[], T]) -> T:
        """The result of some work, done in the thread that called `run`."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def working() -> None:
            # What it raises passes through `run`, which cancels whoever waits here.
            result = work()
            loop.call_soon_threadsafe(_fulfil, done, result)

        self._waiting.put(working)
        return await done

    def _serve(self, main: Callable[[], Coroutine[Any, Any, T]]) -> None:
        try:
            asyncio.run(self._main(main))
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits
            self._error = error
        finally:
            self._waiting.put(None)

    async def _main(self, main: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._ended:
            raise asyncio.CancelledError
        self._result = await main()

    def _cancel(self) -> None:
        self._ended = True
        loop, task = self._loop, self._task
        if loop is None or task is None or task.done():
            return
        try:
            loop.call_soon_threadsafe(task.cancel)
        except RuntimeError:
            return  # The loop has ended in between.


def _fulfil(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)
