"""The question, or those of a JSONL file, checked whole before anything is loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.config_files import shown
from pipelines.config_yaml import is_text
from pipelines.errors import ConfigError
from pipelines.query_engines.options import read_options, wrong_options

MAX_PROBLEMS = 10


@dataclass(frozen=True)
class Question:
    """A line of the file; `id` is given back with its answer, `options` are to be ranked."""

    id: str | int
    question: str
    options: tuple[str, ...] = ()


def asked(
    question: str | None, path: Path | None, options: Sequence[str] = ()
) -> str | list[Question]:
    """What the command line asks: one question, or those of a file.

    Raises:
        ConfigError: Neither or both are given, or what is given can't be asked; or `options` stand
            beside a file, or can't be ranked.
    """
    if path is not None:
        if question is not None:
            raise ConfigError("--questions: stands beside a QUESTION: give one of them")
        if options:
            raise ConfigError(
                '--option: stands beside --questions: write "options": […] into the file\'s lines'
            )
        return read_questions(path)
    if question is None:
        raise ConfigError("QUESTION: missing: give a question, or --questions FILE.jsonl")
    if not question.strip():
        raise ConfigError("QUESTION: empty: write what you want to know")
    if not is_text(question):
        raise ConfigError("QUESTION: not UTF-8: set the terminal to UTF-8")
    if options and (problem := wrong_options(options)):
        raise ConfigError(f"--option: {problem}")
    if not all(is_text(option) for option in options):
        raise ConfigError("--option: not UTF-8: set the terminal to UTF-8")
    return question


def read_questions(path: Path) -> list[Question]:
    """All questions of a file, in order; further keys of a line are ignored.

    `options` of a line are a list of texts, or an object of texts by their letters, from A on.

    Raises:
        ConfigError: The file can't be read, holds no question, or has lines that are no object
            with a text or number `id`, unique in the file, and a text `question`, or whose
            `options` can't be ranked. Each wrong line is named by its number.
    """
    questions: list[Question] = []
    problems: list[str] = []
    lines: dict[str | int, int] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        read = _question(line)
        if isinstance(read, Question) and read.id in lines:
            read = f"id {read.id!r} stands in line {lines[read.id]} already"
        if isinstance(read, Question):
            lines[read.id] = number
            questions.append(read)
        else:
            problems.append(f"{shown(path)}: line {number}: {read}")
    if len(problems) > MAX_PROBLEMS:
        rest = len(problems) - MAX_PROBLEMS
        problems[MAX_PROBLEMS:] = [f"{shown(path)}: and {rest} more"]
    if problems:
        raise ConfigError("\n".join(problems))
    if not questions:
        raise ConfigError(f'{shown(path)}: no questions: write {{"id": …, "question": …}} a line')
    return questions


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{shown(path)}: byte {error.start}: not UTF-8: save the file as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error


def _question(line: str) -> Question | str:
    """The question of a line, or what is wrong with it."""
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        where = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return f'not JSON{where}: must be {{"id": …, "question": …}}'
    if not isinstance(value, dict):
        return 'must be an object: {"id": …, "question": …}'
    missing = [key for key in ("id", "question") if value.get(key) in (None, "")]
    if missing:
        return f"{' and '.join(missing)} missing"
    identity, question = value["id"], value["question"]
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        return "id: must be text or a whole number"
    if not isinstance(question, str) or not question.strip():
        return "question: must be text"
    if not is_text(question) or not is_text(str(identity)):
        return "NUL or half of a surrogate pair is not text"
    if value.get("options") is None:
        return Question(identity, question)
    try:
        return Question(identity, question, tuple(read_options(value["options"])))
    except ValueError as error:
        return f"options: {error}"
