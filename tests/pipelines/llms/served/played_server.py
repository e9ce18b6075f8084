"""A model server on loopback that plays what a test tells it to: answers, streams and faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """A response; `pieces` are sent one by one, `pause` called before each."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] | None = None
    pause: Callable[[], object] | None = None
    broken: bool = False

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Request = dict[str, Any]
Play = Callable[[Request], Reply]


class PlayedServer(ThreadingHTTPServer):
    """`plays` answers each path; `asked` keeps the requests, `left` counts clients that went."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plays: dict[str, Play] = {}
        self.asked: list[Request] = []
        self.left = threading.Semaphore(0)
        self.lists(["m"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def lists(self, names: list[str], owner: str = "someone", **more: Any) -> None:
        models = [{"id": name, "owned_by": owner, **more} for name in names]
        self.play("/v1/models", Reply({"object": "list", "data": models}))

    def play(self, path: str, *replies: Reply | Play) -> None:
        """Answer a path with these, one after the other, the last one again and again."""
        left = list(replies)

        def answer(request: Request) -> Reply:
            reply = left.pop(0) if len(left) > 1 else left[0]
            return reply if isinstance(reply, Reply) else reply(request)

        self.plays[path] = answer

    def requests(self, path: str) -> list[Request]:
        return [request for request in self.asked if request["path"] == path]


class _Handler(BaseHTTPRequestHandler):
    server: PlayedServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Request) -> None:
        request = {**body, "path": self.path, "authorization": self.headers["Authorization"]}
        self.server.asked.append(request)
        play = self.server.plays.get(self.path)
        reply = play(request) if play else Reply({"error": {"message": "not here"}}, status=404)
        if reply.broken and reply.pieces is None:
            self.connection.close()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.pieces is None:
            self.send_header("Content-Length", str(len(reply.raw)))
        self.end_headers()
        try:
            for piece in [reply.raw] if reply.pieces is None else reply.pieces:
                if reply.pause:
                    reply.pause()
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            self.server.left.release()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        pass


def said(text: str, **more: Any) -> Reply:
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, **more}
    return Reply({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 1}})


def streamed(*objects: Any, done: bool = True, **more: Any) -> Reply:
    """A stream of events."""
    pieces = [f"data: {json.dumps(value)}\n\n".encode() for value in objects]
    end = [b"data: [DONE]\n\n"] if done else []
    return Reply(pieces=[*pieces, *end], headers={"Content-Type": "text/event-stream"}, **more)


def delta(text: str, finish: str | None = None) -> dict[str, Any]:
    """An event of a streamed chat completion."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


@contextmanager
def playing() -> Iterator[PlayedServer]:
    with PlayedServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
