"""Kills an ingest again and again and looks for anything lost, doubled, invented or unreachable.

    python benchmarks/ingest_kill.py --kills 30 --aimed 15

Each trial ingests the next revision of a made-up corpus (a third of the documents changed, one
added, one removed) in a process of its own and kills it with SIGKILL: at a random moment, or
(aimed) when one of Chroma's index files changes. Then a fresh process reads the collection, another
one runs the same ingest again, and a third one reads again. Nothing is repaired by hand.
Exit code 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import chromadb  # noqa: F401  Loaded once; every trial runs in a fork that has opened nothing.

from benchmarks.kill_checks import Expected, compare, raw_chroma, read_and_check
from benchmarks.synthetic_corpus import ClusteredEmbedding, SentenceLineParser, corpus, identity
from storage.ingest_report import IngestProgress
from storage.ingestion import ingest

NAME = "kill"
INDEX_FILES = (
    "length.bin",
    "link_lists.bin",
    "index_metadata.pickle",
    "header.bin",
    "data_level0.bin",
)
# So that Chroma writes its graph to disk with nearly every group of documents.
SYNC_THRESHOLD = 50
LATEST_KILL_SECONDS = 300.0


def main() -> int:
    """Run the trials and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=30, help="trials in all")
    parser.add_argument("--aimed", type=int, default=15, help="of them, aimed at index files")
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--lines", type=int, default=20, help="nodes a document")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yomitoki-kill-") as folder:
        result = run(Path(folder), options)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for key, value in result.items():
            print(f"{key:>24}  {value}")
    return 1 if result["faults"] else 0


def run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All trials, one after the other on one collection."""
    choose = random.Random(options.seed)
    home, log = folder / "home", folder / "acknowledged.log"
    size = (options.documents, options.lines)
    started = time.monotonic()
    forked(lambda: ingest_revision(home, log, 0, *size))
    # The first ingest embeds everything, a later one a third of it.
    usual_seconds = (time.monotonic() - started) * 0.4
    kinds = [True] * options.aimed + [False] * (options.kills - options.aimed)
    choose.shuffle(kinds)
    faults: list[str] = []
    hits: Counter[str] = Counter()
    raw: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    open_seconds: list[float] = []
    kills = trial = 0
    while kills < len(kinds) and trial < 3 * len(kinds):
        trial += 1
        aimed = kinds[kills]
        target = INDEX_FILES[sum(kinds[:kills]) % len(INDEX_FILES)] if aimed else None
        log.unlink(missing_ok=True)
        pid = start(lambda t=trial: ingest_revision(home, log, t, *size))
        if target is None:
            killed = kill_after(pid, choose.uniform(0.02, usual_seconds))
        else:
            killed = kill_at_change(pid, home, target, choose.randint(1, 4))
        if killed:
            kills += 1
            hits[target or "random"] += 1
            raw[aimed][str(forked_value(lambda: raw_chroma(home, NAME), folder) or "crashes")] += 1
        expected = Expected(trial, *size, acknowledged(log))
        read = lambda e=expected: read_and_check(home, NAME, e)  # noqa: E731
        before = time.monotonic()
        faults += [f"trial {trial}: {fault}" for fault in checked(read, folder)]
        open_seconds.append(time.monotonic() - before)
        forked(lambda t=trial: ingest_revision(home, log, t, *size))
        finished = Expected(trial, *size, None)
        read = lambda e=finished: read_and_check(home, NAME, e)  # noqa: E731
        faults += [f"trial {trial}, run again: {fault}" for fault in checked(read, folder)]
        what = target or "random"
        print(f"trial {trial}: {what}, killed: {killed}, {len(faults)} faults", file=sys.stderr)
    clean = folder / "clean"
    forked(lambda: ingest_revision(clean, folder / "clean.log", trial, *size))
    faults += checked(lambda: compare(home, clean, NAME), folder)
    return {
        "kills": kills,
        "aimed at index files": sum(count for name, count in hits.items() if name != "random"),
        "kills by file": dict(hits),
        "trials that ended first": trial - kills,
        "raw Chroma after aimed": dict(raw[True]),
        "raw Chroma after random": dict(raw[False]),
        "nodes": options.documents * options.lines,
        "read and checked, median s": round(statistics.median(open_seconds), 2),
        "read and checked, max s": round(max(open_seconds), 2),
        "faults": faults,
    }


def ingest_revision(home: Path, log: Path, trial: int, documents: int, lines: int) -> None:
    """Ingest the corpus of a trial; every acknowledgement is noted, and fsynced, in `log`."""
    with log.open("a", encoding="utf-8") as file:

        def tell(progress: IngestProgress) -> None:
            if progress.stage in ("stored", "removed"):
                for source in progress.sources:
                    file.write(f"{progress.stage}\t{source}\n")
                file.flush()
                os.fsync(file.fileno())

        ingest(
            corpus(documents, lines, revision=trial, first=trial),
            home=home,
            name=NAME,
            identity=identity(),
            node_parser=SentenceLineParser(),
            embed_model=ClusteredEmbedding(),
            sync=True,
            on_progress=tell,
            sync_threshold=SYNC_THRESHOLD,
        )


def acknowledged(log: Path) -> list[tuple[str, str]]:
    """The whole lines of the log as (stage, source)."""
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    lines = text.split("\n")[:-1]
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def start(work: Callable[[], None]) -> int:
    """Do the work in a fork; its process id."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return pid


def forked(work: Callable[[], None]) -> None:
    """Do the work in a fork and wait for it.

    Raises:
        RuntimeError: It failed.
    """
    status = os.waitstatus_to_exitcode(os.waitpid(start(work), 0)[1])
    if status != 0:
        raise RuntimeError(f"a process of the benchmark ended with {status}")


def forked_value(work: Callable[[], Any], folder: Path) -> Any:
    """What the work returns in a fork; None when it dies."""
    path = folder / "value.json"
    path.unlink(missing_ok=True)
    pid = start(lambda: path.write_text(json.dumps(work()), encoding="utf-8") and None)
    os.waitpid(pid, 0)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def checked(work: Callable[[], list[str]], folder: Path) -> list[str]:
    """The faults that a check in a fork found; a check that dies is one."""
    faults: list[str] | None = forked_value(work, folder)
    return ["reading died"] if faults is None else faults


def kill_after(pid: int, seconds: float) -> bool:
    """Kill the process after so long; whether it was still there."""
    time.sleep(seconds)
    return kill(pid)


def kill_at_change(pid: int, home: Path, name: str, change: int) -> bool:
    """Kill the process when the index file `name` changes for the `change`-th time."""
    seen: dict[Path, tuple[int, int]] = {}
    for path in home.glob(f"collections/*/g*/chroma-*/*/{name}"):
        seen[path] = stamp(path)
    deadline = time.monotonic() + LATEST_KILL_SECONDS
    paths: list[Path] = list(seen)
    scanned = changes = 0.0
    while time.monotonic() < deadline:
        if time.monotonic() - scanned > 0.02:
            paths = list(home.glob(f"collections/*/g*/chroma-*/*/{name}"))
            scanned = time.monotonic()
            if os.waitpid(pid, os.WNOHANG)[0]:
                return False
        for path in paths:
            now = stamp(path)
            if now != seen.get(path):
                seen[path] = now
                changes += 1
                if changes >= change:
                    return kill(pid)
        time.sleep(0.0002)
    return kill(pid)


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file; (0, 0) when it is gone."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def kill(pid: int) -> bool:
    """SIGKILL; whether that is what ended the process."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


if __name__ == "__main__":
    sys.exit(main())
