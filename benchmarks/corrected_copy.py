"""The documents with their raw transcript corrected, and questions whose quotes stand in them.

    python -m benchmarks.corrected_copy CORPORA QUESTIONS.jsonl --out FOLDER

benchmarks/corrections_004.jsonl holds what replaces each stretch of the lecture's raw transcript
({"start", "end", "text"}, characters of the file, in order, none overlapping), without the rest
of it. It was made by reading, by the author of this project, an AI assistant (Claude), in three
parts and without sight of the questions: misheard terms, dropped characters where the word is
certain, spaces inside of words. Fillers, the speaker's own slips and the order of words stay, and
what could not be settled from the context. FOLDER gets corpora/, in which the other documents are
as they were, and questions.jsonl.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CORRECTIONS = Path(__file__).with_name("corrections_004.jsonl")


@dataclass(frozen=True)
class Correction:
    """`text` in the place of the characters from `start` to before `end`."""

    start: int
    end: int
    text: str


def read_corrections(path: Path = CORRECTIONS) -> list[Correction]:
    """The corrections of a file, in the order of the document."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Correction(**json.loads(line)) for line in lines]


def corrected(text: str, corrections: Sequence[Correction]) -> str:
    """The text with every correction made."""
    pieces, at = [], 0
    for one in corrections:
        pieces += [text[at : one.start], one.text]
        at = one.end
    return "".join([*pieces, text[at:]])


def place_of(offset: int, corrections: Sequence[Correction], ends: bool) -> int:
    """Where a place of the raw text lies in the corrected one.

    One inside of a replaced stretch becomes its beginning, or its end if `ends`.
    """
    moved = 0
    for one in corrections:
        if one.end <= offset:
            moved += len(one.text) - (one.end - one.start)
        elif one.start < offset:
            return one.start + moved + (len(one.text) if ends else 0)
        else:
            break
    return offset + moved


def corrected_quote(quote: str, text: str, corrections: Sequence[Correction], after: str) -> str:
    """What stands in the corrected text (`after`) where the raw one has a quote."""
    start = text.index(quote)
    begin = place_of(start, corrections, ends=False)
    return after[begin : place_of(start + len(quote), corrections, ends=True)]


def write_copy(corpora: Path, questions: Path, out: Path) -> str:
    """Write the corrected documents and the questions about them; returns what was done.

    Raises:
        StopIteration: The lecture is not among the documents.
    """
    folder = out / "corpora"
    folder.mkdir(parents=True, exist_ok=True)
    for document in corpora.iterdir():
        shutil.copyfile(document, folder / document.name)
    transcript = next(corpora.glob("004_*"))
    # Bytes, so that offsets are those of the file, whatever its line ends.
    text = transcript.read_bytes().decode("utf-8")
    corrections = read_corrections()
    after = corrected(text, corrections)
    (folder / transcript.name).write_bytes(after.encode("utf-8"))
    written: list[dict[str, Any]] = []
    changed = 0
    lines = questions.read_text(encoding="utf-8").splitlines()
    for question in (json.loads(line) for line in lines if line.strip()):
        for piece in question.get("evidence", []):
            if piece["source"] == transcript.name:
                quote = corrected_quote(piece["quote"], text, corrections, after)
                changed += quote != piece["quote"]
                piece["quote"] = quote
        written.append(question)
    asked = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in written)
    (out / "questions.jsonl").write_text(asked, encoding="utf-8")
    return (
        f"{len(corrections)} corrections: {len(text):,} characters became {len(after):,}; "
        f"{changed} quotes changed"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    print(write_copy(given.corpora, given.questions, given.out))


if __name__ == "__main__":
    main()
