"""Servers on this machine in the place of the web, and a network that leads there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpcore2

from pipelines.web.network import Network

PUBLIC = "93.184.216.34"
Write = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Reply:
    """What a server answers; `write` sends the body in its own way, after the headers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    write: Write | None = None


@dataclass
class LocalServer:
    """A real server; answers by path, else with the next of `replies`, the last one for ever."""

    port: int
    replies: list[Reply] = field(default_factory=list)
    paths: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reply(self, path: str) -> Reply:
        if path in self.paths:
            return self.paths[path]
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving() -> Iterator[LocalServer]:
    """A server as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            reply = state.reply(self.path)
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.write is None:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if reply.write is None:
                    self.wfile.write(reply.body)
                else:
                    reply.write(self)
            except OSError:
                self.close_connection = True  # who asked has gone

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            parsed = parse_qs(form, keep_blank_values=True)
            state.forms.append({key: values[0] for key, values in parsed.items()})
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = LocalServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class LocalNetwork(Network):
    """Names lead where `names` says, and connections to a public address to a local port.

    Other addresses are connected to as they are, so that a canary on loopback would hear of it.
    """

    names: dict[str, Sequence[str] | Callable[[], Sequence[str]]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def addresses(self, host: str, port: int) -> list[str]:  # noqa: ARG002
        self.looked_up.append(host)
        if host in self.ports:
            return [host]
        found = self.names.get(host)
        if found is None:
            raise socket.gaierror(-2, "Name or service not known")
        return list(found() if callable(found) else found)

    def connect(self, address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        self.connected.append(address)
        if address in self.ports:
            return super().connect("127.0.0.1", self.ports[address], seconds)
        return super().connect(address, port, seconds)


def network_to(server: LocalServer, *hosts: str) -> LocalNetwork:
    """Hosts at one public address, which is the server."""
    return LocalNetwork(
        names={host: [PUBLIC] for host in hosts or ("example.com",)}, ports={PUBLIC: server.port}
    )


def results_page(*results: tuple[str, str, str]) -> bytes:
    """DuckDuckGo's HTML page of results: (address, title, snippet), put in as they are."""
    items = "".join(
        f'<div class="result results_links web-result"><div class="links_main result__body">'
        f'<h2 class="result__title"><a class="result__a" href="{url}">{title}</a></h2>'
        f'<a class="result__snippet" href="{url}">{snippet}</a></div></div>'
        for url, title, snippet in results
    )
    none = '<div class="no-results">No results.</div>'
    page = f'<html><body><div id="links" class="results">{items or none}</div></body></html>'
    return page.encode()
