from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.errors import YomitokiError
from storage.layout import lock_path
from storage.lock import WriterLock, lock_holder

ROOT = Path(__file__).resolve().parent.parent.parent

HOLD = """
import sys, time
from pathlib import Path
from storage.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]), "講義", "ingest 資料")
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "collections" / "lecture-0123456789"


def start_holder(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_writer_is_refused_within_a_second_and_told_who(folder: Path) -> None:
    holder = start_holder(folder)
    try:
        started = time.monotonic()
        with pytest.raises(
            YomitokiError,
            match=rf"collection '講義': process {holder.pid} \(ingest 資料, since .*\) is writing "
            "to it: wait until it ends",
        ):
            WriterLock(folder, "講義").acquire()
        assert time.monotonic() - started < 1
        found = lock_holder(folder)
        assert found is not None
        assert (found.pid, found.command) == (holder.pid, "ingest 資料")
    finally:
        holder.kill()
        holder.wait()


def test_a_dead_holder_refuses_nobody(folder: Path) -> None:
    holder = start_holder(folder)
    holder.kill()
    holder.wait()
    assert lock_path(folder).with_suffix(".json").exists()
    assert lock_holder(folder) is None
    with WriterLock(folder, "講義", "mine"):
        found = lock_holder(folder)
        assert found is not None
        assert (found.pid, found.command) == (os.getpid(), "mine")
    assert lock_holder(folder) is None


def test_a_writer_in_the_same_process_is_refused_too(folder: Path) -> None:
    with (
        WriterLock(folder, "講義", "one"),
        pytest.raises(YomitokiError, match=f"process {os.getpid()} "),
    ):
        WriterLock(folder, "講義", "two").acquire()
    with WriterLock(folder, "講義", "three"):
        pass


def test_a_fork_of_a_dead_holder_does_not_hold(folder: Path) -> None:
    """A parser's child process may outlive the ingest that was killed."""
    script = HOLD.replace(
        'print("held", flush=True)',
        "import os\nif os.fork() == 0: time.sleep(60)\nprint('held', flush=True)",
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    try:
        with WriterLock(folder, "講義"):
            pass
    finally:
        os.killpg(holder.pid, 9)
        holder.stdout.close()


def test_a_damaged_note_still_names_somebody(folder: Path) -> None:
    with WriterLock(folder, "講義", "one"):
        lock_path(folder).with_suffix(".json").write_text("{", encoding="utf-8")
        with pytest.raises(YomitokiError, match="another process is writing to it"):
            WriterLock(folder, "講義", "two").acquire()


def test_locks_of_different_collections_are_independent(tmp_path: Path) -> None:
    with WriterLock(tmp_path / "a", "a"), WriterLock(tmp_path / "b", "b"):
        assert lock_holder(tmp_path / "c") is None
