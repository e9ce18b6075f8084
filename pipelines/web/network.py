"""Connections to public addresses only, within a deadline: the check is made where one connects."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2

from pipelines.web.addresses import why_refused
from pipelines.web.failure import WebFailure

# A host may have many addresses, and each may take its time to fail.
_MOST_TRIED = 3


class Network:
    """How names are looked up and connections are made: the system's way."""

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a name, in the order in which they are to be tried.

        Raises:
            OSError: It has none.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def connect(self, address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        """A connection to an address, not a name, so that nothing is looked up again.

        Raises:
            httpcore2.ConnectError, httpcore2.ConnectTimeout: There is none.
        """
        return httpcore2.SyncBackend().connect_tcp(address, port, timeout=seconds)


class Deadline:
    """A moment after which nothing is waited for any more."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds = seconds
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds until then.

        Raises:
            WebFailure: "timed out".
        """
        left = self._end - self._clock()
        if left <= 0:
            raise WebFailure("timed out", f"{self._seconds:g} s")
        return left


class PublicBackend(httpcore2.NetworkBackend):
    """httpcore's way to the network, for hosts of the public internet.

    A name is looked up once, all of its addresses are checked, and the connection is made to one
    of the checked ones: a name that leads elsewhere a moment later (DNS rebinding) is not asked
    again. Each wait ends at the deadline, however slowly the other side drips.
    """

    def __init__(self, network: Network, deadline: Deadline) -> None:
        self._network = network
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline's
        local_address: str | None = None,  # noqa: ARG002 - the interface of httpcore
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """A connection to a checked address of the host.

        Raises:
            WebFailure: One of its addresses is not public, or it is not reached.
        """
        addresses = self._addresses(host, port)
        for address in addresses:
            # One among public ones is no accident: the whole host is not trusted.
            if why := why_refused(address):
                raise WebFailure("refused", f"{host}: {why}")
        for address in addresses[:_MOST_TRIED]:
            try:
                stream = self._network.connect(address, port, self._deadline.left())
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
            return _Bounded(stream, self._deadline)
        self._deadline.left()
        raise WebFailure("no network", f"{host} is not reached")

    def _addresses(self, host: str, port: int) -> list[str]:
        found: list[list[str] | OSError] = []

        def look_up() -> None:
            try:
                found.append(self._network.addresses(host, port))
            except (OSError, UnicodeError) as error:
                found.append(OSError(str(error)))

        # A name look-up has no time-out of its own, so it blocks a thread that nobody waits for.
        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        self._deadline.left()
        if not found or isinstance(found[0], OSError) or not found[0]:
            raise WebFailure("no network", f"{host} has no address")
        return found[0]


class _Bounded(httpcore2.NetworkStream):
    """A stream whose every wait ends at the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _Bounded(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
