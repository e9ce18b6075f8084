"""Connections whose every wait can be broken off: for answers that nobody waits for any more."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2

from pipelines.errors import StoppedError

# How long somebody who wants to stop waits at most.
_SLICE_SECONDS = 0.1


class StoppableBackend(httpcore2.NetworkBackend):
    """httpcore's way to the network; `should_stop` is asked about ten times a second of waiting.

    What raises closes its connection, which is how a server learns to stop working.
    """

    def __init__(self) -> None:
        self._plain = httpcore2.SyncBackend()
        self.should_stop: Callable[[], bool] = lambda: False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to a host."""
        stream = self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stoppable(stream, self)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to a socket in the file system."""
        return _Stoppable(self._plain.connect_unix_socket(path, timeout, socket_options), self)

    def sleep(self, seconds: float) -> None:
        """Wait, unless told to stop.

        Raises:
            StoppedError: `should_stop` said so.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _SLICE_SECONDS))

    def check(self) -> None:
        """Raises StoppedError: `should_stop` says so."""
        if self.should_stop():
            raise StoppedError("stopped")


class _Stoppable(httpcore2.NetworkStream):
    """A stream that is read in short waits; one that ended without data lost none."""

    def __init__(self, stream: httpcore2.NetworkStream, backend: StoppableBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._backend.check()
            try:
                return self._stream.read(max_bytes, _SLICE_SECONDS)
            except httpcore2.ReadTimeout:
                if end is not None and time.monotonic() >= end:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stoppable(
            self._stream.start_tls(ssl_context, server_hostname, timeout), self._backend
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
