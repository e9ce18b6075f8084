"""Who may see the page, and what stands around everything that belongs to it.

The rules are the API's (`tools.server.access`), with a cookie for the token, and they hold for the
page's socket, too: a page of another site can open sockets to this server, and browsers ask
nobody before they do.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tools.server.access import Access
from tools.server.failures import ApiError
from tools.server.page.content_policy import NOTHING, page_policy
from tools.server.page.login import opens
from tools.server.replies import JsonReply

ROOT = "/ui"
LOGIN = f"{ROOT}/login"
UPLOAD = f"{ROOT}/upload"
POSTED = (LOGIN, UPLOAD, f"{ROOT}/logout")
SOCKET = f"{ROOT}/_nicegui_ws/"
ASSETS = f"{ROOT}/_nicegui/"
GUARDS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With no-referrer, browsers name no origin with the forms of a page.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# Their addresses name NiceGUI's version.
KEPT = "private, max-age=31536000, immutable"
# NiceGUI would write what a client sends in it into the page.
DROPPED = b"x-forwarded-prefix"


class PageGate:
    """Stands before the API and takes what is the page's.

    Args:
        api: Answers everything else.
        page: Answers what is the page's.
        access: Who may ask.
        refused: Hears the code of each refusal.
    """

    def __init__(
        self, api: ASGIApp, page: ASGIApp, access: Access, refused: Callable[[str], None]
    ) -> None:
        self._api = api
        self._page = page
        self._access = access
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, path = scope["type"], scope.get("path", "")
        if kind == "lifespan":
            await self._page(scope, receive, send)
        elif kind == "websocket":
            await self._socket(scope, receive, send)
        elif path == "/" or path == ROOT or path.startswith(f"{ROOT}/"):
            await self._http(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            self._check(headers, needs_origin=True)
            if not scope["path"].startswith(SOCKET) or not opens(headers, self._access.token):
                raise ApiError(403, "socket: not for you", "socket_refused")
        except ApiError as error:
            self._refused(error.code)
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._page(_without_prefix(scope), receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        path, method = scope["path"], scope["method"]
        answer: Response | None = None
        try:
            if method not in ("GET", "HEAD") and (method != "POST" or path not in POSTED):
                raise ApiError(405, f"{method}: not here", "method_not_allowed")
            self._check(headers, needs_origin=method == "POST")
            if path == "/":
                answer = RedirectResponse(ROOT, 307)
            elif path != LOGIN and not opens(headers, self._access.token):
                if path.startswith(ASSETS) or method == "POST":
                    raise ApiError(401, "page: log in first", "invalid_token")
                answer = RedirectResponse(LOGIN, 303)
        except ApiError as error:
            self._refused(error.code)
            answer = JsonReply.of(error)
        guarded = _Guarded(send, path)
        if answer is not None:
            await answer(scope, receive, guarded)
        else:
            await self._page(_without_prefix(scope), receive, guarded)

    def _check(self, headers: Headers, *, needs_origin: bool) -> None:
        """Raises ApiError: A Host or Origin that is not the server's own.

        Sites of --allow-origin may use the API, and have no business on the page.
        """
        origins = headers.getlist("origin")
        host = self._access.check_host(headers)
        if needs_origin and len(origins) != 1:
            raise ApiError(403, "Origin: missing: browsers send it", "origin_not_allowed")
        for origin in origins:
            if not self._access.is_own(origin, host):
                raise ApiError(403, "Origin: not this server's own", "origin_not_allowed")


class _Guarded:
    """Sends a response with its guards; a page of NiceGUI's waits until its policy is known."""

    def __init__(self, send: Send, path: str) -> None:
        self._send = send
        self._kept = path.startswith(ASSETS)
        self._page: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            status = message["status"]
            headers.update({**GUARDS, "Cache-Control": KEPT} if self._keeps(status) else GUARDS)
            if "x-nicegui-content" in headers:
                self._page = message
                return
            headers.setdefault("Content-Security-Policy", NOTHING)
            await self._send(message)
        elif self._page is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._page)

    def _keeps(self, status: int) -> bool:
        return self._kept and status == 200

    async def _send_page(self, start: Message) -> None:
        MutableHeaders(scope=start)["Content-Security-Policy"] = page_policy(self._body.decode())
        await self._send(start)
        await self._send({"type": "http.response.body", "body": self._body})


def _without_prefix(scope: Scope) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != DROPPED]
    return {**scope, "headers": kept}
