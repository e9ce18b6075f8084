"""The server with its real model and several clients at once: who waits how long, who is sent away.

    python -m benchmarks.serve_queue QUESTIONS.jsonl [--collection sample] [--config FILE]
        [--home DIR] [--clients 1,4,17,40]

Starts `main.py serve` as a process of its own. Of each number of clients, all ask a question at the
same moment (the next ones of the file, in its order), and nobody asks twice. Meanwhile one more
client searches once a second, because a search must not wait for answers. Prints a line a number:
answers a minute from the first question to the last answer, seconds that those who were answered
waited, and what the rest was told to wait (`Retry-After`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import httpx2
import psutil

from pipelines.home import home_directory

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"http://[^/\s]+(?=/v1)")


@dataclass
class Load:
    """What clients that ask at the same moment met; seconds in the order of their arrival."""

    answered: list[float] = field(default_factory=list)
    told_to_wait: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    searched: list[float] = field(default_factory=list)


@contextmanager
def serving(arguments: Sequence[str]) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server that has loaded its model, and its process."""
    command = [sys.executable, str(ROOT / "main.py"), "serve", "--port", "0", *arguments]
    with (
        tempfile.NamedTemporaryFile("w+", suffix=".log", encoding="utf-8") as log,
        subprocess.Popen(command, stderr=log) as process,
    ):
        try:
            while (told := ADDRESS.search(Path(log.name).read_text(encoding="utf-8"))) is None:
                if process.poll() is not None:
                    sys.exit(Path(log.name).read_text(encoding="utf-8"))
                time.sleep(0.5)
            while httpx2.get(f"{told[0]}/ready").status_code == httpx2.codes.SERVICE_UNAVAILABLE:
                time.sleep(0.5)
            yield told[0], psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


async def ask(client: httpx2.AsyncClient, question: str, load: Load) -> None:
    """One client's only question."""
    began = time.perf_counter()
    response = await client.post("/ask", json={"question": question})
    spent = time.perf_counter() - began
    if response.status_code == httpx2.codes.OK:
        load.answered.append(spent)
    elif response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        load.told_to_wait.append(int(response.headers["Retry-After"]))
    else:
        load.failed.append(response.status_code)


async def search(client: httpx2.AsyncClient, questions: Sequence[str], load: Load) -> None:
    """Search once a second, until cancelled."""
    for question in cycle(questions):
        began = time.perf_counter()
        (await client.post("/search", json={"question": question})).raise_for_status()
        load.searched.append(time.perf_counter() - began)
        await asyncio.sleep(1.0)


async def at_once(url: str, questions: Sequence[str]) -> Load:
    """All questions at the same moment, with a searcher beside them."""
    load = Load()
    limits = httpx2.Limits(max_connections=len(questions) + 1)
    async with httpx2.AsyncClient(base_url=url, timeout=600, limits=limits) as client:
        searcher = asyncio.create_task(search(client, questions, load))
        await asyncio.gather(*(ask(client, question, load) for question in questions))
        # A search that failed ended the searcher.
        if searcher.done():
            searcher.result()
        searcher.cancel()
    return load


def row(clients: int, load: Load, spent: float) -> str:
    """A line of the table."""
    waited = load.answered
    told = f"{min(load.told_to_wait)}–{max(load.told_to_wait)}" if load.told_to_wait else ""
    cells = [
        f"{clients}",
        f"{len(load.answered)}",
        f"{60 * len(load.answered) / spent:.1f}",
        f"{min(waited):.1f} / {median(waited):.1f} / {max(waited):.1f}" if waited else "",
        f"{len(load.told_to_wait)}",
        told,
        f"{len(load.failed)}",
        f"{median(load.searched):.2f} / {max(load.searched):.2f}" if load.searched else "",
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--collection", default="sample")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--clients", default="1,4,17,40")
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    questions = cycle(json.loads(line)["question"] for line in lines if line.strip())
    options = ["--collection", given.collection, "--home", str(home_directory(given.home))]
    if given.config:
        options += ["--config", str(given.config)]
    heads = ["clients", "answered", "a minute", "seconds, first / p50 / last", "sent away"]
    heads += ["told to wait, seconds", "failed", "a search meanwhile, p50 / longest"]
    with serving(options) as (url, process):
        # The first question opens the collection.
        asyncio.run(at_once(url, list(islice(questions, 1))))
        print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
        for clients in map(int, given.clients.split(",")):
            began = time.perf_counter()
            load = asyncio.run(at_once(url, list(islice(questions, clients))))
            print(row(clients, load, time.perf_counter() - began), flush=True)
        memory = process.memory_info().rss / 2**30
        print(f"\n{memory:.2f} GiB, {process.num_threads()} threads in the end.")


if __name__ == "__main__":
    main()
