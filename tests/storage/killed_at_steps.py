"""Run as a program: kills an ingest at every step it takes and checks what is left each time.

Each ingest and each check runs in a fork of this process, which has loaded everything and opened
nothing, so that a kill is a real SIGKILL of a real writer and costs no start-up time.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401  Loaded once, before the forks; importing opens nothing.
from storage_doubles import Shelf, assert_searches_exactly, clustered_vector, identity

from storage.ingest_report import IngestProgress

BEFORE = {f"{n:02d}.md": f"文{n}の一\n文{n}の二" for n in range(6)}
# The long one ends a group, so that the steps of a group are met twice.
AFTER = {
    **{source: text for source, text in BEFORE.items() if source != "05.md"},
    "00.md": "文0の一\n改めた二",
    "new.md": "\n".join(f"新しい文{n}" for n in range(64)),
    "newer.md": "最後の文",
}

SCENARIOS: dict[str, tuple[dict[str, str] | None, dict[str, Any]]] = {
    "first": (None, {}),
    "update": (BEFORE, {"sync": True}),
    "rebuild": (
        BEFORE,
        {"sync": True, "rebuild": True, "identity": identity(embedding="other")},
    ),
}


def in_fork(work: Callable[[], None]) -> int:
    """Do the work in a fork; its exit status, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  The fork must not go on as its parent.
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def ingest_until(home: Path, options: dict[str, Any], stop: int | None, log: Path) -> None:
    """Ingest AFTER, note what is acknowledged and each step, and die behind step `stop`."""
    steps = 0
    with log.open("a", encoding="utf-8") as file:

        def note(line: str) -> None:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

        def at_step(step: str) -> None:
            nonlocal steps
            steps += 1
            note(f"step {step}")
            if steps == stop:
                os.kill(os.getpid(), signal.SIGKILL)

        def tell(progress: IngestProgress) -> None:
            for source in progress.sources:
                note(f"{progress.stage} {source}")

        Shelf(home).ingest(AFTER, at_step=at_step, on_progress=tell, **options)


def check_after_kill(home: Path, before: dict[str, str], rebuild: bool, log: Path) -> None:
    """All that was acknowledged is found, and nothing that never was."""
    noted = [line.split(" ", 1) for line in log.read_text(encoding="utf-8").splitlines()]
    shelf = Shelf(home)
    content = {source: "\n".join(lines) for source, lines in shelf.content().items()}
    for source, text in content.items():
        assert text in (before.get(source), AFTER.get(source)), source
    if rebuild:
        assert content in (before, AFTER), "a rebuild shows the old or the new, nothing between"
    else:
        for stage, source in noted:
            if stage == "stored":
                assert content[source] == AFTER[source], f"{source} was acknowledged"
            if stage == "removed":
                assert source not in content
        assert before.keys() - content.keys() <= before.keys() - AFTER.keys()
    assert_searches_exactly(shelf, content, through_index=True, every=10)
    assert shelf.index_state().kind == "clean" or not content


def answers(home: Path) -> list[list[list[str | float]]]:
    """What some searches find, for comparing two homes."""
    shelf = Shelf(home)
    with shelf.open() as collection:
        return [
            [list(hit) for hit in collection.search_vectors(clustered_vector(text), 10)]
            for text in list(AFTER.values())[:5]
        ]


def check_finished(home: Path, clean: Path) -> None:
    """After the same run again everything is as after a run that nobody killed."""
    shelf = Shelf(home)
    assert answers(home) == json.loads(clean.read_text(encoding="utf-8"))
    assert_searches_exactly(shelf, AFTER, through_index=True, every=10)
    left = {path.name for path in shelf.folder.iterdir()}
    assert left == {"collection.json", shelf.generation.name}, left
    left = {path.name for path in shelf.generation.glob("chroma-*")}
    assert left == {shelf.index_state().folder}, left


def run(scenario: str, folder: Path) -> int:
    """Kill at each step in turn; the number of kills.

    Raises:
        RuntimeError: Something was lost, doubled, invented or left lying about.
    """
    before, options = SCENARIOS[scenario]

    def must(work: Callable[[], None], what: str) -> None:
        if in_fork(work) != 0:
            raise RuntimeError(what)

    start, clean = folder / "start", folder / "clean"
    must(lambda: before is not None and Shelf(start).ingest(before) and None, "start")
    start.mkdir(exist_ok=True)
    shutil.copytree(start, clean)
    must(lambda: ingest_until(clean, options, None, folder / "clean.log"), "clean run")
    found = folder / "clean.json"
    must(lambda: found.write_text(json.dumps(answers(clean)), encoding="utf-8") and None, "answers")
    steps = [
        line.removeprefix("step ")
        for line in (folder / "clean.log").read_text(encoding="utf-8").splitlines()
        if line.startswith("step ")
    ]
    sys.stdout.write(" ".join(steps) + "\n")
    rebuild = "rebuild" in options
    for number, step in enumerate(steps, 1):
        home, log = folder / f"home{number}", folder / f"{number}.log"
        shutil.copytree(start, home)
        status = in_fork(lambda h=home, s=number, f=log: ingest_until(h, options, s, f))
        if status != -signal.SIGKILL:
            raise RuntimeError(f"{step}: ended with {status} instead of being killed")
        must(
            lambda h=home, f=log: check_after_kill(h, before or {}, rebuild, f),
            f"after a kill behind step {number}, {step}",
        )
        must(lambda h=home, f=log: ingest_until(h, options, None, f), f"run again after {step}")
        must(lambda h=home: check_finished(h, found), f"finished after {step}")
        shutil.rmtree(home)
    return len(steps)


if __name__ == "__main__":
    sys.stdout.write(f"kills {run(sys.argv[1], Path(sys.argv[2]))}\n")
