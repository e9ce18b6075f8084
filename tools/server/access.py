"""Who may ask: the Host and Origin that a request names, and its token.

A page of another site that a browser shows can send requests to loopback addresses, by its own
name, which it lets point there (DNS rebinding), or across origins. Neither carries an allowed
Host and Origin.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.errors import ConfigError
from tools.server.failures import ApiError
from tools.server.replies import JsonReply

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHORTEST_TOKEN = 16
# Says that the process lives, and nothing else.
OPEN_PATH = "/health"
# What MCP clients send, and the one that they must read.
MCP_SESSION = "Mcp-Session-Id"
MCP_HEADERS = f"{MCP_SESSION}, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID"
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Access:
    """Names are in lower case, origins as browsers write them: http://name:port."""

    hosts: frozenset[str]
    origins: frozenset[str]
    token: SecretStr | None

    @classmethod
    def of(
        cls, host: str, token: SecretStr | None, hosts: Iterable[str], origins: Iterable[str]
    ) -> Access:
        """The rules for a server that listens at `host`.

        Raises:
            ConfigError: Other machines could ask without a token, or a token, host or origin is
                none.
        """
        if not is_loopback(host) and token is None:
            raise ConfigError(
                f"--host {host}: other machines can ask there: set a token in YOMITOKI_TOKEN, or "
                "leave --host out"
            )
        if token is not None:
            secret = token.get_secret_value()
            if len(secret) < SHORTEST_TOKEN or not secret.isascii() or not secret.isprintable():
                raise ConfigError(
                    f"--token: must be {SHORTEST_TOKEN} or more printable ASCII characters: make "
                    "one with: openssl rand -hex 16"
                )
        # By 0.0.0.0 only a page of another site would call it.
        names = {*LOOPBACK} if is_wildcard(host) else {*LOOPBACK, host.lower()}
        for name in hosts:
            if not name or any(char in name for char in "/*@ "):
                raise ConfigError(f"--allow-host {name!r}: not a host's name: such as docs.lan")
            names.add(_name(name) or name.lower())
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
                raise ConfigError(
                    f"--allow-origin {origin!r}: not an origin: such as https://docs.lan:8443"
                )
        return cls(frozenset(names), frozenset(o.lower() for o in origins), token)

    def check(self, headers: Headers, path: str) -> None:
        """Raises ApiError: The request must not be answered."""
        host = self.check_host(headers)
        for origin in headers.getlist("origin"):
            if not self.knows(origin, host):
                raise ApiError(
                    403, "Origin: not an allowed one: see --allow-origin", "origin_not_allowed"
                )
        if self.token is None or path == OPEN_PATH:
            return
        scheme, _, secret = (headers.get("authorization") or "").partition(" ")
        wanted = self.token.get_secret_value().encode()
        if not (scheme.lower() == "bearer" and hmac.compare_digest(secret.encode(), wanted)):
            raise ApiError(
                401,
                "Authorization: no valid token: send it as: Authorization: Bearer TOKEN",
                "invalid_token",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def check_host(self, headers: Headers) -> str:
        """The Host that a request names. Raises ApiError: It is none of this server's."""
        given = headers.getlist("host")
        if len(given) != 1 or _name(given[0]) not in self.hosts:
            raise ApiError(
                403,
                "Host: not a name of this server: use one that --host or --allow-host gives",
                "host_not_allowed",
            )
        return given[0]

    def knows(self, origin: str, host: str) -> bool:
        """Whether an origin is the server's own, as the request names it, or an allowed one."""
        return self.is_own(origin, host) or origin.lower() in self.origins

    def is_own(self, origin: str, host: str) -> bool:
        """Whether an origin is the server's own, as the request names it."""
        return origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}


class AccessChecks:
    """Answers requests that the rules refuse, and browsers that ask what they may send.

    Every response gets the headers that keep browsers from guessing, framing and sharing it.
    """

    def __init__(self, app: ASGIApp, access: Access, refused: Callable[[str], None]) -> None:
        self._app = app
        self._access = access
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent.update(SECURITY_HEADERS)
                if self._access.origins:
                    sent.add_vary_header("Origin")
                if origin and origin.lower() in self._access.origins:
                    sent["Access-Control-Allow-Origin"] = origin
                    sent["Access-Control-Expose-Headers"] = MCP_SESSION
                    sent["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        try:
            self._access.check(headers, OPEN_PATH if preflight else scope["path"])
        except ApiError as error:
            self._refused(error.code)
            await JsonReply.of(error)(scope, receive, guarded)
            return
        if preflight:
            allowed = {
                "Access-Control-Allow-Methods": "GET, POST, DELETE",
                "Access-Control-Allow-Headers": f"Authorization, Content-Type, {MCP_HEADERS}",
                "Access-Control-Max-Age": "600",
            }
            await Response(status_code=204, headers=allowed)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask there."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Whether it stands for all addresses of this machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _name(host: str) -> str:
    """The name in a Host header, in lower case, without port and brackets; "" if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        named = parts.hostname or ""
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return ""
    plain = parts.username is None and not parts.path and not parts.query and not parts.fragment
    return named.rstrip(".") if plain else ""
