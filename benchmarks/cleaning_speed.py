"""How many megabytes of transcript each cleaning step reads in a second.

    python -m benchmarks.cleaning_speed FILE [FILE …] [--rounds 5]

The files' texts are taken as one, in UTF-8. Sudachi's dictionary is loaded before; what the steps
remember of words that they looked up is forgotten before each round. The best round counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from storage.cleaning import cut_words, fillers
from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.fillers import FillersSettings
from storage.cleaning.line_joins import LineJoinsSettings
from storage.cleaning.numbers import NumbersSettings
from storage.cleaning.step import CleaningStep, clean
from storage.cleaning.unicode import UnicodeSettings

STEPS: list[CleaningStep] = [
    UnicodeSettings().build(),
    LineJoinsSettings().build(),
    DroppedKanaSettings().build(),
    FillersSettings().build(),
    NumbersSettings().build(),
]


def seconds(text: str, steps: Sequence[CleaningStep], rounds: int) -> float:
    """The best of some rounds, each with nothing remembered."""
    best = float("inf")
    for _ in range(rounds):
        for remembered in (cut_words.is_cut, cut_words.is_said_once, fillers._kinds):
            remembered.cache_clear()
        started = time.perf_counter()
        clean(text, steps)
        best = min(best, time.perf_counter() - started)
    return best


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in given.files)
    megabytes = len(text.encode()) / 1e6
    clean(text[:2000], STEPS)
    print(f"{megabytes:.3f} MB, {len(text):,} characters")
    for step in STEPS:
        print(f"{step.name:<12} {megabytes / seconds(text, [step], given.rounds):6.1f} MB/s")
    print(f"{'all':<12} {megabytes / seconds(text, STEPS, given.rounds):6.1f} MB/s")


if __name__ == "__main__":
    main()
