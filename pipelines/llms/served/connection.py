"""Requests to one model server: retries, limits, streams, and errors that say what to do."""

from __future__ import annotations

import json
import random
import ssl
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from pipelines.llms.served.event_stream import NotAnEventError, events
from pipelines.llms.served.failures import Refusal, ServerError, printable, streamed_error
from pipelines.llms.served.stoppable_network import StoppableBackend

Result = TypeVar("Result")
Events = Generator[dict[str, Any], None, None]
# All log-probabilities of a long prompt are some megabytes.
MOST_BYTES = 64 << 20
# Somebody waits for the answer. A server that wants more time is asked another day.
LONGEST_PAUSE_SECONDS = 20.0
_CONNECT_SECONDS = 10.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FIRST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Address:
    """Where a server is and how it is spoken to.

    `root` has no path of the API in it, and no slash at its end. `socket` is a path in the file
    system that takes the network's place. `silence_seconds` may pass between two bytes; None
    waits for ever. `key_name` names the environment variable that `key` came from.
    """

    root: str
    silence_seconds: float | None
    attempts: int = 3
    key: SecretStr | None = None
    key_name: str | None = None
    socket: str | None = None


class Connection:
    """Asks one server; not thread-safe. A StoppedError ends any wait, see `should_stop`."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._network = StoppableBackend()
        self._pool = _pool(address, self._network)
        self.where = address.root if address.socket is None else "llama.cpp"

    @property
    def should_stop(self) -> Callable[[], bool]:
        """Asked about ten times a second while something is waited for."""
        return self._network.should_stop

    @should_stop.setter
    def should_stop(self, when: Callable[[], bool]) -> None:
        self._network.should_stop = when

    def get(self, path: str) -> dict[str, Any]:
        """The JSON object at a path. Raises as `post` does."""
        return self._retried(lambda: self._whole("GET", path, None))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that answers a JSON object.

        Raises:
            ServerError: Not reached, refused, silent for too long, or no JSON object.
            QuestionError: The prompt is longer than the server's context window.
            StoppedError: Nobody waits any more.
        """
        return self._retried(lambda: self._whole("POST", path, body))

    def stream(self, path: str, body: Mapping[str, Any]) -> Events:
        """The events that answer a JSON object; closing the iterator closes the connection.

        What fails before the first event is tried again, what fails later is not.

        Raises:
            ServerError, QuestionError, StoppedError: As `post`, and where an event tells of it.
        """

        def begin() -> tuple[Events, dict[str, Any] | None]:
            stream = self._events(path, body)
            return stream, next(stream, None)

        stream, first = self._retried(begin)
        try:
            if first is not None:
                yield first
                yield from stream
        finally:
            stream.close()

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def _retried(self, work: Callable[[], Result]) -> Result:
        retrying = Retrying(
            stop=stop_after_attempt(self._address.attempts),
            wait=_pause,
            retry=retry_if_exception(_is_worth_it),
            sleep=self._network.sleep,
            reraise=True,
        )
        return retrying(work)

    def _whole(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        with self._response(method, path, body) as response:
            raw = self._body(response)
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise self.error(
                f"{path} answers no JSON, but {_shown(raw)}: is it a model server?"
            ) from error
        if not isinstance(value, dict):
            raise self.error(f"{path} answers no JSON object, but {_shown(raw)}")
        return value

    def _events(self, path: str, body: Mapping[str, Any]) -> Events:
        with self._response("POST", path, body) as response:
            if "event-stream" not in _headers(response).get("content-type", "").lower():
                raw = self._body(response)
                raise self.error(f"{path} does not stream, but answers {_shown(raw)}")
            try:
                for event in events(response.iter_stream()):
                    if failure := streamed_error(event, self.where):
                        raise failure
                    yield event
            except NotAnEventError as error:
                raise self.error(f"{path}: {printable(str(error))}") from error

    @contextmanager
    def _response(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> Iterator[httpcore2.Response]:
        address = self._address
        headers: dict[bytes | str, bytes | str] = {
            "Accept": "application/json, text/event-stream",
            "User-Agent": "yomitoki",
        }
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        if address.key is not None:
            headers["Authorization"] = f"Bearer {address.key.get_secret_value()}"
        timeout = {
            "connect": _CONNECT_SECONDS,
            "read": address.silence_seconds,
            "write": address.silence_seconds,
            "pool": _CONNECT_SECONDS,
        }
        try:
            with self._pool.stream(
                method,
                address.root + path,
                headers=headers,
                content=content,
                extensions={"timeout": timeout},
            ) as response:
                if response.status != 200:
                    refusal = Refusal(response.status, _headers(response), self._body(response))
                    raise refusal.error(self.where, address.key_name)
                yield response
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError) as error:
            raise self.error(
                f"not reached ({printable(str(error)) or type(error).__name__}): start the server, "
                "or set llm.base_url to where it is"
            ) from error
        except httpcore2.TimeoutException as error:
            raise self.error(
                f"silent for {address.silence_seconds:g} s: raise llm.timeout_seconds"
            ) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise self.error(
                f"the connection broke ({printable(str(error)) or type(error).__name__})",
                passing=True,
            ) from error
        except httpcore2.UnsupportedProtocol as error:
            raise self.error("must begin with http:// or https://") from error

    def _body(self, response: httpcore2.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise self.error(f"an answer of more than {MOST_BYTES:,} bytes")
        return bytes(body)

    def error(self, problem: str, passing: bool = False) -> ServerError:
        """An error that names the server."""
        return ServerError(f"{self.where}: {problem}", passing=passing)


def _pool(address: Address, network: StoppableBackend) -> httpcore2.ConnectionPool:
    """Straight to the server, or through the proxy that the environment names for its host."""
    parts = urlsplit(address.root)
    trusted = ssl.create_default_context() if parts.scheme == "https" else None
    host = parts.hostname or ""
    proxy = None
    if address.socket is None and host not in _LOOPBACK and not proxy_bypass(host):
        proxy = getproxies().get(parts.scheme)
    if proxy:
        return httpcore2.HTTPProxy(proxy, ssl_context=trusted, network_backend=network)
    return httpcore2.ConnectionPool(
        ssl_context=trusted, uds=address.socket, network_backend=network
    )


def _is_worth_it(error: BaseException) -> bool:
    if not isinstance(error, ServerError) or not error.passing:
        return False
    return (error.retry_after or 0.0) <= LONGEST_PAUSE_SECONDS


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    wished = error.retry_after if isinstance(error, ServerError) else None
    growing: float = _FIRST_PAUSE_SECONDS * 2.0 ** (state.attempt_number - 1)
    # Clients that were sent away together do not come back together.
    return max(growing * random.uniform(1.0, 1.5), wished or 0.0)


def _headers(response: httpcore2.Response) -> dict[str, str]:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}


def _shown(raw: bytes) -> str:
    return repr(printable(raw[:200].decode("utf-8", "replace"))[:80])
