"""Listening: the socket, the event loop, and an end that loses no answer for want of seconds."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from pipelines.errors import ConfigError, YomitokiError
from tools.server.service import Service

# What runs may finish within this time when the server is told to end; then it is broken off,
# and connections get a moment to send that.
GRACE_SECONDS = 5.0
LAST_SECONDS = 2.0
WAITING_CONNECTIONS = 512
# Of a browser to the page, in bytes.
LONGEST_MESSAGE = 1024 * 1024


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address; connections wait until a server takes them. Port 0: any.

    Raises:
        ConfigError: The host is none of this machine.
        YomitokiError: The port is in use, or may not be used.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"--host {host}: not a name or address: such as 127.0.0.1") from error
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(WAITING_CONNECTIONS)
    except OSError as error:
        bound.close()
        where = f"{host}:{port}"
        if error.errno == errno.EADDRINUSE:
            raise YomitokiError(
                f"{where}: the port is in use: choose another with --port, or end what uses it"
            ) from error
        raise YomitokiError(f"{where}: can't listen there: {error.strerror}") from error
    return bound


class Server(uvicorn.Server):
    """Serves an application from a thread's event loop until it is told to end.

    Args:
        app: The application.
        service: What does the work; started by `run`, ended with it.
        page: Whether the application has the web page, which needs sockets and a beginning.
    """

    def __init__(self, app: ASGIApp, service: Service, *, page: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on" if page else "off",
                ws="websockets-sansio" if page else "none",
                ws_max_size=LONGEST_MESSAGE,
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=WAITING_CONNECTIONS,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=int(GRACE_SECONDS + LAST_SECONDS),
            )
        )
        self._service = service
        self._failure: Exception | None = None

    def serve_until_told(self, bound: socket.socket) -> None:
        """Load the first model and serve; SIGINT and SIGTERM end it, if this is the main thread.

        Raises:
            YomitokiError: The first model can't be loaded.
        """
        self._service.start_loading(self._failed)
        try:
            self.run(sockets=[bound])
        finally:
            self._service.stop()
            self._service.join(LAST_SECONDS)
        if self._failure is not None:
            raise self._failure

    def end(self) -> None:
        """Tell it to end, from any thread."""
        self.should_exit = True

    def _failed(self, error: Exception) -> None:
        self._failure = error
        self.end()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals as the wish to end; unlike uvicorn's, they are not raised again after it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def told(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            if self.should_exit:
                self.force_exit = True
            self.end()

        before = {kind: signal.signal(kind, told) for kind in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting; refuse what waits; let what runs finish within GRACE_SECONDS."""
        self._service.drain()
        later = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._service.stop)
        try:
            await super().shutdown(sockets)
        finally:
            later.cancel()


def address(bound: socket.socket) -> str:
    """``http://127.0.0.1:8500``."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
