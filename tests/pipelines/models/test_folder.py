"""The model's lock: one at a time, freed by any end, and a wait that names the holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipelines.models.folder import ModelFolder, bytes_under, locked

HOLD = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from pipelines.models.folder import ModelFolder, locked
with locked(ModelFolder(Path(sys.argv[2]), "m"), print):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_holder_frees_the_lock_and_the_wait_names_it(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, root, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    heard: list[str] = []

    def on_wait(who: str) -> None:
        heard.append(who)
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    with locked(ModelFolder(tmp_path, "m"), on_wait):
        assert heard[0] == f"process {holder.pid}"


def test_the_lock_leaves_no_name_behind(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path, "m")
    with locked(folder, lambda _: None):
        assert (folder.root / ".lock-holder").read_text() == str(os.getpid())
    assert not (folder.root / ".lock-holder").exists()


def test_bytes_under_counts_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"12345")
    (tmp_path / "c").write_bytes(b"67")
    assert bytes_under(tmp_path) == 7
    assert bytes_under(tmp_path / "none") == 0


def test_waiting_is_short_when_nobody_holds(tmp_path: Path) -> None:
    started = time.monotonic()
    with locked(ModelFolder(tmp_path, "m"), lambda _: None):
        pass
    assert time.monotonic() - started < 1
