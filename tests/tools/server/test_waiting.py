"""Many clients, one model: the queue, deadlines, and clients that go away."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from tests.tools.server.running_server import (
    ANSWER,
    Running,
    TypingLLM,
    error_of,
    running,
    wait_until,
)

CLIENTS = 200
DISCONNECTS = 50


def raw_request(server: Running, path: str, body: dict[str, object]) -> socket.socket:
    """A connection on which a request was sent."""
    where = urlsplit(server.url)
    sent = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(sent)}\r\n\r\n"
    )
    connection = socket.create_connection((where.hostname, where.port), timeout=30)
    connection.sendall(head.encode() + sent)
    return connection


def chat_body(question: str, stream: bool = True) -> dict[str, object]:
    messages = [{"role": "user", "content": question}]
    return {"model": "default", "messages": messages, "stream": stream}


def reset(connection: socket.socket) -> None:
    """Go away as a killed program does: with a reset instead of a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def one_answer_runs(server: Running) -> Iterator[socket.socket]:
    """A client that listens to an answer of a minute; it leaves at the end."""
    before = server.llm.started
    connection = raw_request(server, "/v1/chat/completions", chat_body("slow?"))
    wait_until(lambda: server.llm.started > before)
    try:
        yield connection
    finally:
        connection.close()
        wait_until(lambda: server.llm.working == 0)


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_ends_when_its_client_leaves(
    server: Running, leave: Callable[[socket.socket], None], stream: bool
) -> None:
    before = server.llm.started
    connection = raw_request(server, "/v1/chat/completions", chat_body("slow?", stream))
    wait_until(lambda: server.llm.started > before)
    leave(connection)
    left = time.monotonic()
    wait_until(lambda: server.llm.working == 0)
    assert time.monotonic() - left < 15, "it would have written for a minute"
    assert server.chat("工費は？").status_code == 200


def test_a_client_that_leaves_the_queue_frees_its_place(home: Path) -> None:
    with running(home, queue=1) as server, one_answer_runs(server):
        waiting = raw_request(server, "/ask", {"question": "工費は？"})
        wait_until(lambda: server.service._answer.waiting == 1)
        assert server.chat("工費は？").status_code == 429
        waiting.close()
        wait_until(lambda: server.service._answer.waiting == 0)
        again = raw_request(server, "/ask", {"question": "工費は？"})
        wait_until(lambda: server.service._answer.waiting == 1)
        again.close()


def test_a_full_queue_is_429_and_says_when_to_come_back(home: Path) -> None:
    with running(home, queue=2) as server, one_answer_runs(server):
        waiting = [raw_request(server, "/ask", {"question": "工費は？"}) for _ in range(2)]
        wait_until(lambda: server.service._answer.waiting == 2)
        for path, body in (
            ("/ask", {"question": "工費は？"}),
            ("/v1/chat/completions", chat_body("工費は？")),
            ("/search", {"question": "工費は？", "model": "asking"}),
        ):
            refused = server.post(path, **body)
            assert refused.status_code == 429
            error = error_of(refused)
            assert (error["type"], error["code"]) == ("rate_limit_error", "queue_full")
            assert 1 <= int(refused.headers["retry-after"]) <= 600
        assert (
            'yomitoki_rejections_total{reason="queue_full"} 3.0'
            in server.client.get("/metrics").text
        )
        for connection in waiting:
            connection.close()


def test_searching_does_not_wait_for_answers(server: Running) -> None:
    with one_answer_runs(server):
        began = time.monotonic()
        assert server.post("/search", question="工費").json()["nodes"]
        assert server.post("/v1/embeddings", model="default", input="工費").status_code == 200
        assert server.client.get("/collections").status_code == 200
        assert server.client.get("/health").status_code == 200
        assert time.monotonic() - began < 30
        assert server.llm.working == 1, "the answer is still being written"


def test_a_deadline_ends_what_runs_and_what_waits(home: Path) -> None:
    with running(home) as server:
        assert server.post("/ask", question="工費は？").is_success  # what is loaded once is
        server.service._seconds = 6.0
        before = server.llm.started
        with one_answer_runs(server):
            # Much earlier than that of the answer that runs: on a busy machine it begins late, and
            # what waits would have the rest for itself.
            server.service._seconds = 1.0
            began = time.monotonic()
            waited = server.post("/ask", question="工費は？")
            assert waited.status_code == 504
            assert 0.8 < time.monotonic() - began < 30
            wait_until(lambda: server.llm.working == 0)
        server.service._seconds = 3.0
        late = server.post("/ask", question="slow?")
        assert late.status_code == 504
        error = error_of(late)
        assert error["code"] == "deadline_passed"
        assert "no answer within 3 seconds" in error["message"]
        assert server.llm.started == before + 2, "what waited was not begun"
        server.service._seconds = 60.0
        assert server.post("/ask", question="工費は？").status_code == 200


def test_a_deadline_in_the_middle_of_a_stream_is_an_event(home: Path) -> None:
    with running(home) as server:
        assert server.chat("工費は？").is_success  # what is loaded once is
        server.service._seconds = 3.0
        response = server.chat("slow?", stream=True)
    assert response.status_code == 200, "the stream had begun"
    events = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    assert json.loads(events[-1])["error"]["code"] == "deadline_passed"
    assert "[DONE]" not in response.text
    assert json.loads(events[1])["choices"][0]["delta"]["content"] == "語"


def test_a_silent_stream_shows_that_it_lives(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.server.event_stream.BEAT_SECONDS", 0.1)
    with running(home, TypingLLM(pause=0.4)) as server:
        response = server.chat("工費は？", stream=True, max_tokens=3)
    first, *_ = response.text.split("\n\n")
    assert '"role": "assistant"' in first
    assert ": waiting\n\n" in response.text
    assert response.text.endswith("data: [DONE]\n\n")


def test_200_clients_at_once_are_answered_or_told_to_come_back(home: Path) -> None:
    """At a hundredth of a second a letter, an answer takes longer than all of them to arrive."""

    async def ask_all(url: str) -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=CLIENTS)
        async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
            body = {"question": "工費は？"}
            return await asyncio.gather(*(client.post("/ask", json=body) for _ in range(CLIENTS)))

    with running(home, TypingLLM(pause=0.01), queue=16) as server:
        answers = asyncio.run(ask_all(server.url))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {200, 429}
        assert codes.count(200) >= 17, "one that ran and those that waited"
        assert server.llm.most_working == 1
        for answer in answers:
            if answer.status_code == 200:
                assert answer.json()["answer"].startswith(ANSWER)
            else:
                assert int(answer.headers["retry-after"]) >= 1
        assert server.post("/ask", question="工費は？").status_code == 200


def test_clients_that_leave_in_the_middle_cost_nothing_that_stays(home: Path) -> None:
    with running(home) as server:
        process = psutil.Process()

        def leave_many(count: int) -> None:
            for n in range(count):
                connection = raw_request(server, "/v1/chat/completions", chat_body("slow?"))
                received = b""
                while "語".encode() not in received:
                    piece = connection.recv(4096)
                    assert piece, received
                    received += piece
                (reset if n % 2 else socket.socket.close)(connection)

        leave_many(5)  # what is loaded and cached once is
        wait_until(lambda: server.llm.working == 0)
        threads, memory = threading.active_count(), process.memory_info().rss
        descriptors = process.num_fds()
        leave_many(DISCONNECTS)
        wait_until(lambda: server.llm.working == 0)
        wait_until(lambda: process.num_fds() <= descriptors)
        assert threading.active_count() <= threads
        assert process.memory_info().rss - memory < 20_000_000
        assert server.llm.started == server.llm.ended
        assert server.chat("工費は？").status_code == 200
        assert server.service._answer.waiting == 0


def test_it_ends_within_seconds_and_refuses_what_waits(home: Path) -> None:
    with running(home) as server:
        before = server.llm.started
        running_one = raw_request(server, "/ask", {"question": "slow?"})
        wait_until(lambda: server.llm.started > before)
        waiting_one = raw_request(server, "/ask", {"question": "工費は？"})
        wait_until(lambda: server.service._answer.waiting == 1)
        began = time.monotonic()
        server.server.end()
        refused = waiting_one.recv(4096)
        assert refused.split()[1] == b"503"
        assert b"shutting down" in refused
        broken_off = running_one.recv(4096)
        assert broken_off.split()[1] == b"503"
        server.thread.join(15)
        assert time.monotonic() - began < 25, "the answer would take a minute"
        assert not server.thread.is_alive()
        assert server.service.join(0)


def test_what_runs_may_finish_when_the_server_ends(home: Path) -> None:
    with running(home, TypingLLM(pause=0.1)) as server:
        before = server.llm.started
        asked = raw_request(server, "/ask", {"question": "工費は？"})
        wait_until(lambda: server.llm.started > before)
        server.server.end()
        assert asked.recv(4096).split()[1] == b"200"
        server.thread.join(15)
        assert not server.thread.is_alive()
