"""Reads a folder of hostile files and checks what came of each against what is known of it.

    python benchmarks/odd_inputs.py ../shared/data/odd_inputs

Prints a Markdown table with a row a file, the totals, and the files that contradict what the
folder's own index files say. Exits with 1 when there are any.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from storage.readers.delimited import read_table
from storage.readers.discovery import find_files
from storage.readers.encoding import decode
from storage.readers.html_page import decode_markup
from storage.readers.parsed import unify_newlines
from storage.readers.reader import read_all
from storage.readers.results import ReadFailure, ReadOutcome, ReadResult
from storage.readers.settings import FileReaderSettings

# In one of csv-spectrum's twins upstream has replaced the number that its CSV has.
_MASKED_COLUMN = "Contact Phone Number"
# What Shift_JIS and EUC-JP map differently from CP932: dashes, parallel, cent, pound, not.
_SAME = str.maketrans("〜−‖—¢£¬", "～－∥―￠￡￢")


def outcome_name(outcome: ReadOutcome) -> str:
    """ "decoded", "refused" or "limit hit"."""
    if isinstance(outcome, ReadFailure):
        return "limit hit" if outcome.limit_hit else "refused"
    return "decoded"


def contradictions(folder: Path, outcomes: Mapping[str, ReadOutcome]) -> list[str]:
    """One line a file whose outcome is not what the folder's own indexes expect."""
    return [
        *_wrong_encodings(folder, outcomes),
        *_wrong_tables(folder),
        *_wrong_refusals(folder, outcomes),
    ]


def _wrong_encodings(folder: Path, outcomes: Mapping[str, ReadOutcome]) -> Iterator[str]:
    """Against expected_encodings.jsonl, which names the codec and how the text begins."""
    base = folder / "encodings"
    for entry in _json_lines(base / "expected_encodings.jsonl"):
        path = (base / entry["file"]).resolve()
        source = path.relative_to(folder.resolve()).as_posix()
        raw = path.read_bytes()
        expected = _comparable(raw.decode(entry["encoding"]).removeprefix("\ufeff"))
        markup = path.suffix in (".html", ".xml")
        text = _comparable((decode_markup if markup else decode)(raw).text)
        if text != expected or not text.strip().startswith(_comparable(entry["head"]).strip()):
            yield f"{source}: is not read as {entry['encoding']}"
        outcome = outcomes[source]
        if not isinstance(outcome, ReadResult):
            yield f"{source}: refused, though it is {entry['encoding']}"
        elif outcome.format == "text" and _comparable(outcome.document.text) != expected:
            yield f"{source}: the document is not the decoded text"


def _wrong_tables(folder: Path) -> Iterator[str]:
    """Against csv-spectrum's JSON twins of its CSV files."""
    base = folder / "csv" / "csv-spectrum"
    for twin in sorted((base / "json").glob("*.json")):
        table = read_table(decode((base / "csvs" / f"{twin.stem}.csv").read_bytes()).text)
        rows = [dict(zip(table.columns, record, strict=True)) for record in table.records]
        content = json.loads(unify_newlines(twin.read_text(encoding="utf-8")))
        expected = [content] if isinstance(content, dict) else content
        expected = [{k: unify_newlines(v) for k, v in row.items()} for row in expected]
        for row in (*rows, *expected):
            row.pop(_MASKED_COLUMN, None)
        if rows != expected:
            yield f"csv/csv-spectrum/csvs/{twin.stem}.csv: {rows!r:.80} is not {expected!r:.80}"


def _wrong_refusals(folder: Path, outcomes: Mapping[str, ReadOutcome]) -> Iterator[str]:
    """PDFs with a password, empty files and XML that declares entities must be refused."""
    for entry in _json_lines(folder / "pdf" / "index.jsonl"):
        kind = getattr(outcomes[f"pdf/{entry['file']}"], "kind", None)
        if "user_password" in entry and kind != "encrypted":
            yield f"pdf/{entry['file']}: needs a password, but is {kind or 'decoded'}"
        if entry["bytes"] == 0 and kind != "empty":
            yield f"pdf/{entry['file']}: has no bytes, but is {kind or 'decoded'}"
    for path in sorted((folder / "xml_bombs").glob("*.xml")):
        declares = b"<!ENTITY" in path.read_bytes()
        refused = isinstance(outcomes[f"xml_bombs/{path.name}"], ReadFailure)
        if declares != refused:
            yield f"xml_bombs/{path.name}: {'read' if declares else 'refused'}"


def _json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _comparable(text: str) -> str:
    return unify_newlines(text).translate(_SAME)


def _row(outcome: ReadOutcome) -> str:
    """The file's row of the table."""
    cells = [outcome.source, outcome_name(outcome), "", "", "", ""]
    if isinstance(outcome, ReadResult):
        cells[2:] = [
            outcome.encoding or "",
            f"{len(outcome.document.text):,}",
            f"{outcome.seconds:.2f}",
            "; ".join(outcome.warnings),
        ]
    elif isinstance(outcome, ReadFailure):
        cells[4:] = [f"{outcome.seconds:.2f}", outcome.reason]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> int:
    """Print the table; 1 when a file contradicts the indexes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found = find_files([folder])
    started = time.perf_counter()
    outcomes: dict[str, ReadOutcome] = {}
    print("| file | outcome | encoding | characters | seconds | reason or warning |")
    print("|---|---|---|--:|--:|---|")
    for outcome in read_all(found.files, FileReaderSettings()):
        outcomes[outcome.source] = outcome
        print(_row(outcome), flush=True)
    seconds = time.perf_counter() - started
    totals = Counter(map(outcome_name, outcomes.values()))
    kinds = Counter(o.kind for o in outcomes.values() if isinstance(o, ReadFailure))
    print(f"\n{len(outcomes)} files in {seconds:.1f} s: " + _counted(totals))
    print("Refused as: " + _counted(kinds))
    print(f"Skipped: {len(found.skipped)}" + "".join(f"\n- {entry}" for entry in found.skipped))
    wrong = contradictions(folder, outcomes)
    print(f"Against the folder's own indexes: {len(wrong)} contradictions")
    for line in wrong:
        print(f"- {line}")
    return 1 if wrong else 0


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
