"""A retrieval set in BEIR's shape: which passages are relevant to which question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evals.question_lines import Problem, raised
from evals.sample import Sample
from pipelines.config_files import shown
from pipelines.errors import ConfigError

_QUERIES = ("queries.jsonl", "questions.jsonl")


def queries_file(folder: Path) -> Path:
    """The file of questions of a folder.

    Raises:
        ConfigError: A file of the set is missing.
    """
    for name in ("corpus.jsonl", "qrels.tsv"):
        if not (folder / name).is_file():
            raise ConfigError(
                f"{shown(folder / name)}: no such file: a retrieval set has corpus.jsonl, "
                "queries.jsonl (or questions.jsonl) and qrels.tsv"
            )
    for name in _QUERIES:
        if (folder / name).is_file():
            return folder / name
    raise ConfigError(f"{shown(folder / _QUERIES[0])}: no such file, nor {_QUERIES[1]}")


def add_relevance(folder: Path, samples: Sequence[Sample]) -> list[Sample]:
    """The questions that qrels.tsv has a relevant passage for, with these.

    Raises:
        ConfigError: A line is not query, passage and score, or no question is judged.
    """
    path = folder / "qrels.tsv"
    relevant: dict[str, dict[str, float]] = {}
    problems: list[Problem] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue  # the header
        try:
            query, passage, score = cells
            gain = float(score)
        except ValueError:
            problems.append(Problem(number, "must be query-id, corpus-id and score, with tabs"))
            continue
        if gain > 0:
            relevant.setdefault(query, {})[passage] = gain
    raised(path, problems)
    judged = [replace(s, relevant=relevant[s.id]) for s in samples if s.id in relevant]
    if not judged:
        raise ConfigError(f"{shown(path)}: judges none of the {len(samples)} questions")
    return judged
