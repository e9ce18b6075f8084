"""Bodies of requests: JSON, not too long, and there in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tools.server.failures import ApiError
from tools.server.mailbox import ClientGoneError
from tools.server.replies import JsonReply

LONGEST_BODY = 1024 * 1024
# Of a body that is too long, so much is read and dropped, so that its sender hears why.
LONGEST_DROPPED = 16 * LONGEST_BODY
BODY_SECONDS = 30.0


class BodyChecks:
    """Reads the body before the application, which then has it at once."""

    def __init__(
        self,
        app: ASGIApp,
        refused: Callable[[str], None],
        seconds: float = BODY_SECONDS,
    ) -> None:
        self._app = app
        self._refused = refused
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._checked(scope, receive)
        except ApiError as error:
            self._refused(error.code)
            await JsonReply.of(error)(scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)

    async def _checked(self, scope: Scope, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                body = await _read(receive)
        except TimeoutError:
            raise ApiError(
                408,
                f"body: not there after {self._seconds:g} seconds: send it at once",
                "body_too_slow",
                headers={"Connection": "close"},
            ) from None
        _check_type(Headers(scope=scope), body)
        return body


async def _read(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        ApiError: It is too long.
        ClientGoneError: Its end did not come.
    """
    pieces: list[bytes] = []
    length = 0
    while length <= LONGEST_DROPPED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece = message.get("body", b"")
        length += len(piece)
        if length <= LONGEST_BODY:
            pieces.append(piece)
        else:
            pieces.clear()
        if not message.get("more_body", False):
            break
    if length > LONGEST_BODY:
        raise ApiError(
            413,
            f"body: too long: at most {LONGEST_BODY:,} bytes",
            "body_too_long",
            headers={"Connection": "close"},
        )
    return b"".join(pieces)


def _check_type(headers: Headers, body: bytes) -> None:
    """Raises ApiError: It does not say that it is JSON.

    A page of another site can send other types without asking first.
    """
    kind = (headers.get("content-type") or "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        raise ApiError(
            415,
            "Content-Type: must be application/json",
            "unsupported_type",
            headers={"Accept": "application/json"},
        )
