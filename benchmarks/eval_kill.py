"""Kills an evaluation at random moments and compares what it ends with with an unbroken run's.

    python -m benchmarks.eval_kill SUITE.yaml [--kills 20] [--seed 0] [--source-home DIR]
                                              [--set datasets.0.limit=3 …]

Each run has a fresh home directory (models are linked from --source-home, by default the usual
one). The broken one is killed (SIGKILL) until so many kills have hit, then run to its end. Compared
are all scores but seconds, and all answers without their seconds; any difference is printed, and is
exit code 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.home import home_directory

ROOT = Path(__file__).resolve().parent.parent
# Killed no earlier, so that something has begun, and no later than the longest run seen.
EARLIEST_SECONDS = 1.0


def fresh_home(parent: Path, name: str, source: Path) -> Path:
    """A home directory without results or collections, with the models of another."""
    home = parent / name
    home.mkdir()
    if (source / "models").is_dir():
        (home / "models").symlink_to(source / "models")
    return home


def command(suite: Path, changes: Sequence[str]) -> list[str]:
    """The run of a suite with `--set` changes, its home still to be named."""
    sets = [part for change in changes for part in ("--set", change)]
    return [sys.executable, "main.py", "eval", "run", str(suite), *sets, "--json", "--home"]


def finished(run: Sequence[str], home: Path) -> float:
    """Run to the end; its seconds."""
    started = time.monotonic()
    subprocess.run([*run, str(home)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def killed(run: Sequence[str], home: Path, after: float) -> bool:
    """Start a run and kill it after so many seconds; False if it had ended by then."""
    process = subprocess.Popen(
        [*run, str(home)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def outcome(home: Path) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """Scores and answers of the one run of a home, without what depends on time."""
    [folder] = (home / "evals" / "runs").iterdir()
    with (folder / "scores.csv").open(encoding="utf-8") as file:
        scores = [row for row in csv.reader(file) if not row[3].startswith("seconds")]
    answers = [json.loads(line) for line in (folder / "answers.jsonl").open(encoding="utf-8")]
    for line in answers:
        if line["answer"]:
            for key in ("seconds", "model_seconds"):
                line["answer"].pop(key)
    return scores, answers


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--source-home", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    run, source = command(given.suite.resolve(), given.set), home_directory(given.source_home)
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = fresh_home(Path(folder), "whole", source)
        seconds = finished(run, whole)
        print(f"unbroken: {seconds:.1f} s; unchanged again: {finished(run, whole):.1f} s")
        kills, homes = 0, 0
        differences = 0
        while kills < given.kills:
            homes += 1
            broken = fresh_home(Path(folder), f"broken-{homes}", source)
            while kills < given.kills and killed(
                run, broken, chance.uniform(EARLIEST_SECONDS, seconds)
            ):
                kills += 1
            finished(run, broken)
            if outcome(broken) != outcome(whole):
                differences += 1
                print(f"broken-{homes}: scores or answers differ")
        print(f"{kills} kills in {homes} runs; {differences} runs differ from the unbroken one")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
