from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.writer import STEPS

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(__file__).with_name("killed_at_steps.py")

REBUILD_STEPS = {"generation_ready", "generation_live"}


@pytest.mark.timeout(900)  # About 40 s on an idle machine.
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")
@pytest.mark.parametrize(
    ("scenario", "steps"),
    [
        (
            "first",
            {"staged", "upserted", "verified", "flipped", "deleted_from_index", "purged",
             "index_closed", "index_clean"},
        ),
        (
            "update",
            {"staged", "upserted", "verified", "flipped", "deleted_from_index", "purged",
             "retired", "index_closed", "index_clean"},
        ),
        (
            "rebuild",
            {"staged", "upserted", "verified", "flipped", "deleted_from_index", "purged",
             "index_closed", "index_clean", *REBUILD_STEPS},
        ),
    ],
)  # fmt: skip
def test_a_kill_between_any_two_steps_does_no_harm(
    tmp_path: Path, scenario: str, steps: set[str]
) -> None:
    path = os.pathsep.join([str(ROOT), str(PROGRAM.parent)])
    done = subprocess.run(
        [sys.executable, str(PROGRAM), scenario, str(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    taken, kills = done.stdout.strip().splitlines()[-2:]
    assert set(taken.split()) == steps
    assert set(taken.split()) <= {*STEPS, *REBUILD_STEPS}
    assert int(kills.removeprefix("kills ")) == len(taken.split())
