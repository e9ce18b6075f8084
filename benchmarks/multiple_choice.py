"""Accuracy and MAP@3 of a multiple-choice config: closed-book, with retrieval, and averaged.

    python -m benchmarks.multiple_choice QUESTIONS.jsonl --out RESULTS.jsonl --config FILE
        [--set KEY=VALUE] [--home DIR] [--ways closed_book,retrieval,permutations,config]
        [--limit N] [--seed 0]

QUESTIONS.jsonl has, a line, {"id" or "_id", "question", "options" or "choices": a list, or texts by
letter, and "answer": the right letter, or "answer_index": its place from 0}. The ways, all with the
config's scorer:

- closed_book: nothing is searched for, the options stand in one order;
- retrieval: the pipeline's retriever and postprocessors, one order;
- permutations: the same over all cyclic orders of the options (for a likelihood scorer's letters);
- config: the config as it is, with its members and its own number of orders.

Each ranking is kept in --out as it is made, under the settings and the question that made it: a
killed run goes on there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.intervals import bootstrap_interval, mean
from benchmarks.result_file import ResultFile
from pipelines.component import fingerprint
from pipelines.config import PipelineSettings, load_config
from pipelines.errors import ConfigError, YomitokiError
from pipelines.home import home_directory
from pipelines.query_engines.likelihood_scorer import LikelihoodScorerSettings
from pipelines.query_engines.multiple_choice_settings import MultipleChoiceSettings
from pipelines.query_engines.options import MOST_OPTIONS
from pipelines.rag import RagPipeline

Open = Callable[[PipelineSettings, Path], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Item:
    """A question with its options and the place of the right one, from 0."""

    id: str
    question: str
    options: tuple[str, ...]
    gold: int


def read_item(record: dict[str, Any]) -> Item:
    """An item of any of the three schemas (dev_mcq, lawqa_jp, jcommonsenseqa).

    Raises:
        ConfigError: It names no right option.
    """
    given = record.get("options") or record.get("choices") or ()
    letters: list[str] = []
    if isinstance(given, dict):
        letters = sorted(given)
        given = [given[letter] for letter in letters]
    id_ = str(record.get("id", record.get("_id")))
    gold = record.get("answer_index")
    if gold is None and record.get("answer") in letters:
        gold = letters.index(record["answer"])
    if gold is None or not 0 <= gold < len(given):
        raise ConfigError(f"{id_}: no right option: give answer (a letter) or answer_index")
    return Item(id_, record["question"], tuple(given), gold)


def ways(settings: PipelineSettings) -> dict[str, PipelineSettings]:
    """The settings of each way, in the order of the table.

    Raises:
        ConfigError: The config's engine is not multiple_choice.
    """
    engine = settings.query_engine
    if not isinstance(engine, MultipleChoiceSettings):
        raise ConfigError(f"query_engine.kind: {engine.kind!r}: must be multiple_choice")

    def ordered(permutations: int) -> dict[str, Any]:
        if not isinstance(engine.scorer, LikelihoodScorerSettings):
            return {}
        return {"scorer": engine.scorer.model_copy(update={"permutations": permutations})}

    searching = "question_and_options" if engine.query == "closed_book" else engine.query
    alone = {"members": (), "query": searching}
    changes: dict[str, dict[str, Any]] = {
        "closed_book": {"members": (), "query": "closed_book", **ordered(1)},
        "retrieval": {**alone, **ordered(1)},
    }
    if isinstance(engine.scorer, LikelihoodScorerSettings) and engine.scorer.letter_weight > 0:
        changes["permutations"] = {**alone, **ordered(MOST_OPTIONS)}
    changes["config"] = {}
    return {
        way: settings.model_copy(update={"query_engine": engine.model_copy(update=change)})
        for way, change in changes.items()
    }


def run(
    way: str,
    settings: PipelineSettings,
    home: Path,
    items: Sequence[Item],
    out: ResultFile,
    open_: Open = RagPipeline.open,
) -> list[dict[str, Any]]:
    """The record of each item, from `out` or else from the model; one that failed has `error`."""

    def key(item: Item) -> str:
        asked = [settings.fingerprint(), item.question, list(item.options)]
        return f"{way} {item.id} {fingerprint(asked)}"

    missing = [item for item in items if "ranking" not in out.records.get(key(item), {})]
    if missing:
        with open_(settings, home) as pipeline:
            for number, item in enumerate(missing, start=1):
                out.add(key(item), {"way": way, "id": item.id, **_ranked(pipeline, item)})
                print(f"{way}: {number}/{len(missing)}  {item.id}", file=sys.stderr)
    return [out.records[key(item)] for item in items]


def _ranked(pipeline: Any, item: Item) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        answer = pipeline.choose(item.question, item.options)
    except YomitokiError as error:
        return {"gold": item.gold, "error": str(error)}
    return {
        "gold": item.gold,
        "ranking": [ranked.option for ranked in answer.ranking],
        "probabilities": [ranked.probability for ranked in answer.ranking],
        "seconds": time.perf_counter() - started,
    }


def average_precision_at_3(ranking: Sequence[int], gold: int) -> float:
    """1, 1/2 or 1/3 where the only right option stands first, second or third, else 0."""
    return next((1 / rank for rank, o in enumerate(ranking[:3], start=1) if o == gold), 0.0)


def table_row(way: str, records: Sequence[dict[str, Any]], seed: int) -> str:
    """A Markdown row: accuracy and MAP@3 over the scored questions, with 95 % intervals."""
    scored = [record for record in records if "ranking" in record]
    n = f"{len(scored)}/{len(records)}"
    if not scored:
        return f"| {way} | {n} | not scored | not scored | |"
    cells = []
    for values in (
        [float(record["ranking"][0] == record["gold"]) for record in scored],
        [average_precision_at_3(record["ranking"], record["gold"]) for record in scored],
    ):
        low, high = bootstrap_interval([values], mean, seed)
        cells.append(f"{mean([values]):.3f} ({low:.3f}–{high:.3f})")
    seconds = mean([[record["seconds"] for record in scored]])
    return f"| {way} | {n} | {cells[0]} | {cells[1]} | {seconds:.1f} |"


def main(arguments: Sequence[str] | None = None, open_: Open = RagPipeline.open) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--ways", default="closed_book,retrieval,permutations,config")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").split("\n")
    items = [read_item(json.loads(line)) for line in lines if line.strip()][: given.limit]
    possible = ways(load_config(given.config, given.overrides))
    out = ResultFile(given.out)
    rows = []
    for way in given.ways.split(","):
        if way in possible:
            settings = possible[way]
            records = run(way, settings, home_directory(given.home), items, out, open_)
            rows.append(table_row(way, records, given.seed))
        else:
            rows.append(f"| {way} | not in this config: it has {', '.join(possible)} | | | |")
    print(
        "| way | n | accuracy (95 %) | MAP@3 (95 %) | seconds a question |\n|---|---|---|---|---|"
    )
    print("\n".join(rows))
    print(f"\n95 % intervals: bootstrap over questions, seed {given.seed}.")


if __name__ == "__main__":
    main()
