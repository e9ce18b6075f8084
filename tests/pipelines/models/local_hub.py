"""A Hugging Face hub on loopback that serves one file, well or badly."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LocalHub:
    """How the hub behaves, and what it was asked.

    `cut_after` closes each answer after that many bytes, `stall_after` falls silent there,
    `pause_seconds` waits before every KiB, `silent` never answers at all.
    """

    content: bytes
    etag: str = ""
    status: int = 200
    cut_after: int | None = None
    stall_after: int | None = None
    pause_seconds: float = 0.0
    ranges: bool = True
    silent: bool = False
    endpoint: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def ranges_asked(self) -> list[str]:
        return [byte_range for method, _, byte_range in self.asked if method == "GET"]


@contextmanager
def serve_hub(hub: LocalHub) -> Iterator[LocalHub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            asked = self.headers.get("Range", "")
            hub.asked.append((self.command, self.path, asked))
            if hub.silent:
                hub.done.wait(30)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and hub.ranges else 0
            body = hub.content[start:]
            status = hub.status if hub.status != 200 else (206 if asked and hub.ranges else 200)
            self.send_response(status)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hub.etag or hashlib.sha256(hub.content).hexdigest()}"')
            self.send_header("Content-Length", str(len(body) if status < 300 else 0))
            self.end_headers()
            if self.command == "GET" and status < 300:
                self._send(body)
            self.close_connection = True

        def _send(self, body: bytes) -> None:
            for at in range(0, len(body), 1024):
                if hub.cut_after is not None and at >= hub.cut_after:
                    return
                if hub.stall_after is not None and at >= hub.stall_after:
                    hub.done.wait(30)
                    return
                time.sleep(hub.pause_seconds)
                try:
                    self.wfile.write(body[at : at + 1024])
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.done.set()
        server.shutdown()
        server.server_close()
