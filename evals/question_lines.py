"""The records of a JSON Lines or CSV file, each with its line, and all that is wrong with them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.question_records import RecordError, read_sample
from evals.sample import Sample
from pipelines.config_files import shown
from pipelines.errors import ConfigError

MOST_PROBLEMS = 20
# Of a CSV cell that holds several values.
_SEPARATOR = "|"
_LISTS = ("answer_aliases", "options")
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line of a file, from 1; line 0 is the file itself."""

    line: int
    message: str


def read_questions(path: Path) -> tuple[list[Sample], list[Problem]]:
    """The questions of a file, and what is wrong with it.

    A `.csv` file has a header with the schema's keys; cells of `answer_aliases` and `options` hold
    several values with | between them, and `source` and `quote` give one piece of evidence. Any
    other file is JSON Lines.

    Raises:
        ConfigError: The file can't be read, or is not UTF-8.
    """
    text = _text(path)
    records = _csv(text) if path.suffix.lower() == ".csv" else _json_lines(text)
    samples: list[Sample] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for line, record in records:
        if isinstance(record, str):
            problems.append(Problem(line, record))
            continue
        try:
            sample = read_sample(record, line)
        except RecordError as error:
            problems.append(Problem(line, str(error)))
            continue
        if sample.id in lines:
            problems.append(
                Problem(line, f"id {sample.id!r} stands in line {lines[sample.id]} already")
            )
            continue
        lines[sample.id] = line
        samples.append(sample)
    if not samples and not problems:
        problems.append(Problem(0, 'no questions: write {"id": …, "question": …} a line'))
    return samples, problems


def raised(path: Path, problems: list[Problem]) -> None:
    """Nothing if there are no problems.

    Raises:
        ConfigError: There are; a line each, the first 20 of them.
    """
    if not problems:
        return
    told = [problem_text(path, problem) for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        told.append(f"{shown(path)}: and {len(problems) - MOST_PROBLEMS} more")
    raise ConfigError("\n".join(told))


def problem_text(path: Path, problem: Problem) -> str:
    """*file: line: what is wrong*."""
    where = f"line {problem.line}: " if problem.line else ""
    return f"{shown(path)}: {where}{problem.message}"


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{shown(path)}: byte {error.start}: not UTF-8: save the file as UTF-8 (in Excel: "
            '"CSV UTF-8")'
        ) from error
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            at = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            yield number, f"not JSON{at}"
            continue
        yield number, value if isinstance(value, dict) else "must be an object"


def _csv(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row.get(None) is not None or None in row.values():
                yield reader.line_num, "has another number of cells than the header"
                continue
            try:
                yield reader.line_num, _record(row)
            except RecordError as error:
                yield reader.line_num, str(error)
    except csv.Error as error:
        yield reader.line_num, f"not CSV: {error}"


def _record(row: dict[str, str]) -> dict[str, Any]:
    """A row as the record that a JSON line would hold; empty cells are left out."""
    record: dict[str, Any] = {key: cell for key, cell in row.items() if cell.strip()}
    for key in _LISTS:
        if key in record:
            record[key] = [part.strip() for part in record[key].split(_SEPARATOR)]
    if "answer_index" in record:
        try:
            record["answer_index"] = int(record["answer_index"])
        except ValueError:
            raise RecordError("answer_index: must be a whole number") from None
    for key in ("answerable", "evidence_any", "synthetic"):
        if key in record:
            flag = _FLAGS.get(record[key].strip().lower())
            if flag is None:
                raise RecordError(f"{key}: must be true or false")
            record[key] = flag
    if "quote" in record:
        record["evidence"] = [{"source": record.get("source"), "quote": record["quote"]}]
    return record
