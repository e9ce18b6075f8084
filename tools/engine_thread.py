"""An engine that lives in a thread of its own, so that the main thread stays free for Ctrl-C.

A forward pass may stay in native code for seconds, during which Python runs no signal handler in
that thread. SQLite connections belong to the thread that opened them, so one thread opens, asks
and closes.
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Answer, OnStage
from pipelines.scope import NodeFilter
from tools.engine import Engine
from tools.process import describe

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Opened:
    """The engine is ready for questions."""


@dataclass(frozen=True)
class Stage:
    """A stage begins."""

    name: str


@dataclass(frozen=True)
class Piece:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True)
class Answered:
    """The question is done."""

    answer: Answer


@dataclass(frozen=True)
class Broke:
    """Opening or answering failed; `reason` is one line, `trace` the traceback."""

    error: Exception
    reason: str
    trace: str


Request = tuple[str, Sequence[ChatMessage], NodeFilter | None]
Event = Opened | Stage | Piece | Answered | Broke


class EngineThread:
    """Runs an engine in a daemon thread and hands back what it reports as events."""

    def __init__(self, open_: Callable[[OnStage], AbstractContextManager[Engine]]) -> None:
        self._open = open_
        self._requests: queue.SimpleQueue[Request | None]
        self._requests = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._cancelled = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def open(self) -> Iterator[Event | None]:
        """Open the engine: stages, then Opened or Broke; None whenever nothing has come."""
        self._thread.start()
        yield from self._until(Opened)

    def ask(
        self, question: str, history: Sequence[ChatMessage], where: NodeFilter | None = None
    ) -> Iterator[Event | None]:
        """Ask: stages and pieces, then Answered or Broke; None whenever nothing has come."""
        self._cancelled = False
        self._requests.put((question, history, where))
        yield from self._until(Answered)

    def cancel(self) -> None:
        """Ask the engine to break off the answer that it is working on."""
        self._cancelled = True

    def close(self, timeout_seconds: float) -> bool:
        """Break off and let the engine close; False if it has not within the time."""
        self._cancelled = True
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _until(self, last: type[Opened] | type[Answered]) -> Iterator[Event | None]:
        while True:
            try:
                event: Event | None = self._events.get(timeout=POLL_SECONDS)
            except queue.Empty:
                event = None
            yield event
            if isinstance(event, last | Broke):
                return

    def _run(self) -> None:
        try:
            with self._open(self._on_stage) as engine:
                self._events.put(Opened())
                while (request := self._requests.get()) is not None:
                    self._events.put(self._answer(engine, *request))
        except Exception as error:  # noqa: BLE001 - the thread's boundary: it must not die unheard
            self._events.put(_broke(error))

    def _answer(
        self,
        engine: Engine,
        question: str,
        history: Sequence[ChatMessage],
        where: NodeFilter | None,
    ) -> Event:
        try:
            answer = engine.ask(
                question,
                history=history,
                on_stage=self._on_stage,
                on_token=lambda text: self._events.put(Piece(text)),
                cancelled=lambda: self._cancelled,
                where=where,
            )
        except Exception as error:  # noqa: BLE001 - one failed answer does not end the chat
            return _broke(error)
        return Answered(answer)

    def _on_stage(self, name: str) -> None:
        self._events.put(Stage(name))


def _broke(error: Exception) -> Broke:
    return Broke(error, describe(error), "".join(traceback.format_exception(error)))
