"""Whether `transcript report` points to where a transcript is wrong: against hand corrections.

    python -m benchmarks.quality_004 CORPORA [--letters 320]

The lecture 004 and benchmarks/corrections_004.jsonl (see benchmarks/corrected_copy.py). Two
questions: do regions with a higher cost a letter, or with more repairs by the default cleaning
steps, hold more corrections a letter (Spearman's rank correlation, all regions and every second
one), and how many of the least likely stretches hold a correction, against all stretches.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import fmean

from benchmarks.corrected_copy import read_corrections
from evals.statistics.agreement import spearman
from pipelines.config import load_config
from pipelines.document import document_sections
from pipelines.indexing import read_documents
from storage.cleaning.settings import DEFAULT_CLEANING
from storage.cleaning.step import clean
from storage.recordings.quality import Suspicion, stretches_of
from storage.recordings.recording import recordings_of

Span = tuple[int, int]


def inside(spans: Sequence[Span], start: int, end: int) -> int:
    """How many spans lie in a stretch."""
    return sum(start <= first and last <= end for first, last in spans)


def regions(stretches: Sequence[Suspicion], letters: int) -> list[list[Suspicion]]:
    """Neighbouring stretches together, of about so many letters; a shorter rest is left out."""
    size = max(1, letters // 16)
    rest = iter(stretches)
    found = []
    while len(region := list(islice(rest, size))) == size:
        found.append(region)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--letters", type=int, default=320)
    given = parser.parse_args(arguments)
    paths = list(given.corpora.glob("004_*"))
    (document,), _ = read_documents(load_config().reader, paths)
    corrections = [(one.start, one.end) for one in read_corrections()]
    cleaned = clean(document.text, [step.build() for step in DEFAULT_CLEANING])
    repairs = [(edit.start, edit.end) for edit in cleaned.edits]
    rows: list[tuple[float, float, float]] = []
    everything: list[tuple[float, bool]] = []
    for recording in recordings_of(document.text, document_sections(document)):
        stretches = list(stretches_of(recording))
        for region in regions(stretches, given.letters):
            start, end = region[0].start_char, region[-1].end_char
            size = sum(len(one.text) for one in region)
            rows.append(
                (
                    fmean(one.cost for one in region),
                    inside(repairs, start, end) / size,
                    inside(corrections, start, end) / size,
                )
            )
        everything += [
            (one.cost, any(a < one.end_char and b > one.start_char for a, b in corrections))
            for one in stretches
        ]
    print(f"{len(rows)} regions; rank correlation with corrections a letter")
    for name, part in (("all", rows), ("even", rows[::2]), ("odd", rows[1::2])):
        cost, repaired, wrong = zip(*part, strict=True)
        print(f"{name}: cost {spearman(cost, wrong):.2f}, repairs {spearman(repaired, wrong):.2f}")
    everything.sort(key=lambda pair: -pair[0])
    print(f"stretches that hold a correction: {fmean(wrong for _, wrong in everything):.2f} of all")
    for most in (20, 50, 100, 200):
        print(f"of the {most} least likely: {fmean(wrong for _, wrong in everything[:most]):.2f}")


if __name__ == "__main__":
    main()
