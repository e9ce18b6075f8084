"""The server under load, over a stub in the language model's place: what serving itself costs.

    python benchmarks/serve_load.py [--requests 500] [--disconnects 500]

Starts `main.py serve` as a process of its own with a document and a model that types 12 letters at
once, or, when asked to be slow, for many seconds. Prints requests a second and percentiles of their
seconds, what 200 clients at once are told, and threads, memory and open files before and after
clients that leave in the middle of a stream.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.tools.server.running_server import SETTINGS, ingested  # noqa: E402

TYPING_MAIN = ROOT / "tests" / "tools" / "server" / "typing_main.py"
CLIENTS = 200
HEALTH = "/health"
QUESTION = {"question": "魚道の工費は？"}


@contextmanager
def server(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The server's address and process."""
    overrides = [part for setting in SETTINGS for part in ("--set", setting)]
    command = [sys.executable, str(TYPING_MAIN), "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(
        [*command, *overrides], stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().partition("/v1")[0]
            while not httpx2.get(f"{url}/ready").is_success:
                time.sleep(0.1)
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()
            print(f"ended with {process.wait(20)}")


async def at_once(
    url: str, path: str, total: int, clients: int
) -> tuple[list[float], Counter[int]]:
    """Seconds and status of requests, `clients` of them under way at any time."""
    seconds: list[float] = []
    codes: Counter[int] = Counter()
    turns = asyncio.Semaphore(clients)
    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=url, timeout=120, limits=limits) as client:

        async def one() -> None:
            async with turns:
                began = time.perf_counter()
                asking = client.post(path, json=QUESTION) if path != HEALTH else client.get(path)
                response = await asking
                seconds.append(time.perf_counter() - began)
                codes[response.status_code] += 1

        await asyncio.gather(*(one() for _ in range(total)))
    return seconds, codes


def report(name: str, url: str, path: str, total: int, clients: int) -> None:
    """Print one line of the load table."""
    began = time.perf_counter()
    seconds, codes = asyncio.run(at_once(url, path, total, clients))
    spent = time.perf_counter() - began
    seconds.sort()
    middle, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95)]
    print(
        f"{name}: {total} requests, {clients} at once: {total / spent:.0f}/s, "
        f"p50 {middle * 1000:.0f} ms, p95 {late * 1000:.0f} ms, {dict(codes)}"
    )


def leave(url: str, count: int) -> None:
    """Clients that go away when the answer has begun, every second one with a reset."""
    host, port = url.removeprefix("http://").split(":")
    messages = [{"role": "user", "content": "slow?"}]
    body = json.dumps({"model": "default", "messages": messages, "stream": True})
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for n in range(count):
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall((head + body).encode())
            received = b""
            while "語".encode() not in received:
                received += connection.recv(4096)
            if n % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def state(process: psutil.Process) -> str:
    """Threads, resident memory and open files."""
    memory = process.memory_info().rss / 1e6
    return f"{process.num_threads()} threads, {memory:.0f} MB, {process.num_fds()} files"


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--disconnects", type=int, default=500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(ingested(Path(folder))) as (url, process):
        for path in (HEALTH, "/ask", "/search"):
            report(path, url, path, 20, 1)  # what is loaded once is
            report(path, url, path, given.requests, 1)
            report(path, url, path, given.requests, 8)
        report("all at once", url, "/ask", CLIENTS, CLIENTS)
        leave(url, 20)
        print(f"before {given.disconnects} clients that leave: {state(process)}")
        began = time.perf_counter()
        leave(url, given.disconnects)
        print(f"after them, {time.perf_counter() - began:.0f} s: {state(process)}")
        time.sleep(2)
        print(f"two seconds later: {state(process)}")
        report("then", url, "/ask", 20, 1)


if __name__ == "__main__":
    main()
