"""Runs that read files in: one at a time, stopped at a step, and what failed as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import load_config
from pipelines.errors import BuiltOtherwiseError, BusyError, YomitokiError
from pipelines.indexing import IngestProgress, IngestReport
from tests.tools.server.running_server import wait_until
from tools.server import ingestion as module
from tools.server.failures import ApiError, failed
from tools.server.ingestion import Ingestion

SETTINGS = load_config(None, ["collection=runs"])


class Steps:
    """Stands for the ingest itself: it goes a step each time it may."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self.error: Exception | None = None

    def ingest(
        self, settings: Any, home: Path, paths: Sequence[Path], *, on_progress: Any
    ) -> IngestReport:
        del settings, home
        for n, _ in enumerate(paths):
            assert self.may.acquire(timeout=20)
            if self.error:
                raise self.error
            on_progress(IngestProgress("stored", documents=n + 1))
        return IngestReport(added=len(paths))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    made = Steps()
    monkeypatch.setattr(module, "ingest_paths", made.ingest)
    return made


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Ingestion]:
    started = Ingestion(tmp_path, lambda *_: None)
    started.worker.start()
    yield started
    started.worker.stop()
    assert started.worker.join(20)


def test_a_run_tells_where_it_stands_and_what_it_did(runs: Ingestion, steps: Steps) -> None:
    assert runs.state is None
    assert runs.start(SETTINGS, [Path("a.md"), Path("b.md")]) == 1
    assert runs.state is not None
    assert (runs.state.running, runs.state.files, runs.state.collection) == (True, 2, "runs")
    steps.may.release()
    wait_until(lambda: runs.state.progress is not None)
    assert runs.state.progress.documents == 1
    steps.may.release()
    wait_until(lambda: not runs.state.running)
    assert runs.state.report is not None
    assert runs.state.report.added == 2
    steps.may.release()
    assert runs.start(SETTINGS, [Path("a.md")]) == 2


def test_there_is_one_at_a_time(runs: Ingestion, steps: Steps) -> None:
    runs.start(SETTINGS, [Path("a.md")])
    with pytest.raises(ApiError, match="being read already") as refused:
        runs.start(SETTINGS, [Path("b.md")])
    assert (refused.value.status, refused.value.code) == (409, "ingest_running")
    steps.may.release()
    wait_until(lambda: not runs.state.running)


def test_it_stops_at_its_next_step(runs: Ingestion, steps: Steps) -> None:
    runs.stop()
    runs.start(SETTINGS, [Path("a.md"), Path("b.md"), Path("c.md")])
    steps.may.release()
    wait_until(lambda: runs.state.progress is not None)
    runs.stop()
    assert runs.state.running, "its step is not done yet"
    steps.may.release()
    wait_until(lambda: not runs.state.running)
    assert (runs.state.report, runs.state.error) == (None, None)


def test_a_run_that_is_stopped_before_it_begins_is_over_and_bars_no_other(
    tmp_path: Path, steps: Steps
) -> None:
    runs = Ingestion(tmp_path, lambda *_: None)  # its worker does not work yet
    runs.start(SETTINGS, [Path("a.md")])
    runs.stop()
    assert runs.state is not None
    assert not runs.state.running
    runs.start(SETTINGS, [Path("b.md")])
    runs.worker.start()
    steps.may.release()
    wait_until(lambda: runs.state is not None and not runs.state.running)
    assert runs.state.report is not None
    assert runs.state.report.added == 1
    runs.worker.stop()
    assert runs.worker.join(20)


def test_a_server_that_ends_refuses_it(runs: Ingestion, steps: Steps) -> None:
    del steps
    runs.worker.close()
    with pytest.raises(ApiError, match="shutting down"):
        runs.start(SETTINGS, [Path("a.md")])
    assert runs.state is None


@pytest.mark.parametrize(
    ("error", "status", "code", "told"),
    [
        (BuiltOtherwiseError("collection 'a': built with B"), 400, "built_otherwise", "built with"),
        (BusyError("collection 'a': process 7 (python secret)"), 409, "busy", "another process"),
        (YomitokiError("secret: the disk is full"), 500, "failed", "its log has the reason"),
    ],
)
def test_what_a_person_can_act_on_is_told(
    runs: Ingestion, steps: Steps, error: Exception, status: int, code: str, told: str
) -> None:
    steps.error = error
    steps.may.release()
    runs.start(SETTINGS, [Path("a.md")])
    wait_until(lambda: not runs.state.running)
    said = runs.state.error
    assert said is not None
    assert (said.status, said.code) == (status, code)
    assert told in str(said)
    assert "secret" not in str(said)
    assert str(failed(said)) == str(said)
