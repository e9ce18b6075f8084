"""Whether sentence ends are found where a recogniser writes no marks.

    python -m benchmarks.sentence_ends TRANSCRIPT [TRANSCRIPT …]

The marks (。！？), spaces and line breaks of a transcript's recordings are taken out, and eight
turns at a time are cut again: by length alone, at clause ends, and as they are now. An end is right
where a mark stood; recognisers leave marks out, so that some that count as wrong are none.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.document import document_sections
from pipelines.japanese.long_stretches import cut_long
from pipelines.japanese.sentences import SENTENCE_CHARS, split_sentences
from storage.readers.discovery import find_files
from storage.readers.reader import read_file
from storage.readers.results import ReadFailure
from storage.readers.settings import FileReaderSettings
from storage.recordings.recording import recordings_of

_MARKS = "。｡！？!?"
_TURNS = 8


def without_marks(text: str) -> tuple[str, set[int]]:
    """The letters that are left, and behind which of them a mark stood (not the last)."""
    letters: list[str] = []
    ends: set[int] = set()
    for letter in re.sub(r"\s+", "", text):
        if letter in _MARKS:
            ends.add(len(letters))
        else:
            letters.append(letter)
    return "".join(letters), ends - {0, len(letters)}


def by_length(text: str) -> list[tuple[int, int]]:
    return list(cut_long(text, 0, len(text), SENTENCE_CHARS))


def scores(
    texts: Sequence[str], cut: Callable[[str], Sequence[tuple[int, int]]]
) -> tuple[float, float, float]:
    """Precision, recall and F1 of the ends, over all texts."""
    right = found = true = 0
    for text in texts:
        letters, ends = without_marks(text)
        places = {end for _, end in cut(letters)} - {len(letters)}
        right += len(places & ends)
        found += len(places)
        true += len(ends)
    precision, recall = right / max(found, 1), right / max(true, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def spoken(path: Path) -> list[str]:
    """What is said in a transcript, some turns together."""
    (file,) = find_files([path]).files
    outcome = read_file(file, FileReaderSettings())
    if isinstance(outcome, ReadFailure):
        raise SystemExit(str(outcome))
    document = outcome.document
    turns = [
        document.text[section.start_char : section.end_char]
        for recording in recordings_of(document.text, document_sections(document))
        for section in recording.sections
    ]
    return ["".join(turns[first : first + _TURNS]) for first in range(0, len(turns), _TURNS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("transcripts", type=Path, nargs="+")
    options = parser.parse_args()
    print("| transcript | cut | precision | recall | F1 |\n|---|---|---|---|---|")
    for path in options.transcripts:
        texts = spoken(path)
        for half, name in ((0, "odd"), (1, "even")):
            for way, cut in (("by length", by_length), ("at endings", split_sentences)):
                columns = " | ".join(f"{value:.2f}" for value in scores(texts[half::2], cut))
                print(f"| {path.name[:12]}, {name} stretches | {way} | {columns} |")


if __name__ == "__main__":
    main()
