"""An answer as server-sent events, for as long as the client listens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tools.console import json_line
from tools.server.failures import ApiError
from tools.server.jobs import Done, Piece
from tools.server.mailbox import ClientGoneError, Mailbox, while_there
from tools.server.replies import JsonReply

# A line that means nothing keeps proxies from closing the connection.
BEAT_SECONDS = 10.0
BEAT = b": waiting\n\n"
END = b"data: [DONE]\n\n"

Events = Callable[[Piece | Done], Iterable[Any]]


class EventStream(Response):
    """Sends what a job reports, and cancels it when the client goes away.

    Until the first event, at most for BEAT_SECONDS, nothing is sent, so that what goes wrong by
    then has a status of its own; later it is an event ``{"error": …}`` and the stream ends.

    A client that goes away is no error: what is not sent yet is dropped.

    Args:
        mailbox: The job's events.
        events: The JSON values to send for each.
        head: Those to send before the first.
    """

    media_type = "text/event-stream"

    def __init__(self, mailbox: Mailbox, events: Events, head: Iterable[Any] = ()) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._mailbox = mailbox
        self._events = events
        self._head = list(head)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            try:
                first = await while_there(self._mailbox.next(BEAT_SECONDS), receive)
            except ApiError as error:
                await JsonReply.of(error)(scope, receive, send)
                return
            with suppress(ClientGoneError):
                await while_there(self._send_all(first, send), receive)
        finally:
            self._mailbox.cancel()

    async def _send_all(self, first: Piece | Done | None, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        async for chunk in self._chunks(first):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _chunks(self, first: Piece | Done | None) -> AsyncIterator[bytes]:
        event = first
        yield _data(self._head)
        try:
            while True:
                yield _data(self._events(event)) if event else BEAT
                if isinstance(event, Done):
                    break
                event = await self._mailbox.next(BEAT_SECONDS)
        except ApiError as error:
            yield _data([error.record])
            return
        yield END


def _data(values: Iterable[Any]) -> bytes:
    return "".join(f"data: {json_line(value)}\n\n" for value in values).encode()
