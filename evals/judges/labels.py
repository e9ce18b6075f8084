"""What was graded by hand, for a judge to be held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.judges.judge import Judge
from evals.question_lines import Problem, raised
from pipelines.config_files import shown
from pipelines.errors import ConfigError


@dataclass(frozen=True)
class Label:
    """A grade that was given by hand, with a reason, who graded, and who wrote what was graded.

    `texts` are those that a judge's `label_texts` name.
    """

    id: str
    texts: Mapping[str, str]
    rating: int
    reason: str = ""
    author: str = ""
    grader: str = ""


def read_labels(path: Path, judge: Judge) -> list[Label]:
    """Labels for a judge, one a line: `id`, the judge's texts and `rating`, one of its grades.

    Raises:
        ConfigError: A line is wrong, named by its number, or the file can't be read.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{shown(path)}: cannot be read as UTF-8: {error}") from error
    labels: list[Label] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            labels.append(_label(json.loads(line), judge))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(number, str(error)))
    raised(path, problems)
    if not labels:
        raise ConfigError(f"{shown(path)}: nothing graded")
    return labels


def _label(record: Any, judge: Judge) -> Label:
    if not isinstance(record, dict):
        raise ValueError("must be an object")
    for key in ("id", *judge.label_texts):
        if not isinstance(record.get(key), str) or not record[key].strip():
            raise ValueError(f"{key}: must be text")
    rating = record.get("rating")
    if isinstance(rating, bool) or rating not in judge.grades:
        *others, last = map(str, judge.grades)
        raise ValueError(f"rating: must be {', '.join(others)} or {last}")
    known = {key: str(record[key]) for key in ("reason", "author", "grader") if record.get(key)}
    texts = {key: record[key] for key in judge.label_texts}
    return Label(record["id"], texts, int(rating), **known)
