"""Whole configs side by side on questions about documents: what is found, and what is answered.

    python -m benchmarks.config_table CORPORA QUESTIONS.jsonl --out RESULTS.jsonl
        --config configs/ladder/1_naive.yaml --config configs/default.yaml [--search]
        [--set KEY=VALUE] [--home DIR] [--limit N] [--seed 0]

CORPORA is ingested with each config (unchanged files cost nothing), into the collection that the
config names. recall@5, recall@10, mrr@10 and ndcg@10 are those of the nodes that the last
postprocessor leaves, on the questions with evidence quotes (80 % of a quote must be covered);
answers are scored as `benchmarks.score_answers` does. --search leaves answering out. The first
config is what the others are compared with, on the same questions: paired bootstrap intervals
(95 %). Results are kept in --out as they are made; a killed run goes on there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.intervals import verdict
from benchmarks.result_file import ResultFile
from benchmarks.retrieval_recall import Question, read_documents, read_questions
from benchmarks.retrieval_table import ranks_of, row_of
from benchmarks.score_answers import score
from pipelines.config import PipelineSettings, load_config
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths
from pipelines.query_engines.searching import remaining
from pipelines.rag import RagPipeline

FOUND = ("recall@5", "recall@10", "mrr@10", "ndcg@10")


def record_of(
    pipeline: RagPipeline, asked: dict[str, Any], evidence: Question | None, search: bool
) -> dict[str, Any]:
    """What one config makes of one question."""
    started = time.perf_counter()
    question = str(asked["question"])
    answer = pipeline.search(question) if search else pipeline.ask(question)
    record: dict[str, Any] = {"seconds": time.perf_counter() - started}
    if evidence is not None:
        record |= row_of(ranks_of(evidence, remaining(answer), False), evidence.any_suffices)
    if not search:
        said = {"refused": answer.refused, "answer": answer.text, "seconds": answer.seconds}
        scored = score(asked, said)
        record |= {"answer": answer.text, "refused": answer.refused}
        record |= {"right": float(scored.right), "own words": float(scored.unquoted)}
    return record


def against(records: Sequence[Any], base: Sequence[Any], key: str, seed: int) -> str:
    """The mean difference to the base with its paired interval, and what it says."""
    gains = [
        ours[key] - theirs[key]
        for ours, theirs in zip(records, base, strict=True)
        if key in ours and key in theirs
    ]
    if not gains or records is base:
        return ""
    return verdict(gains, seed)


def row(
    name: str,
    records: Sequence[dict[str, Any]],
    base: Sequence[dict[str, Any]],
    unanswerable: Sequence[bool],
    seed: int,
) -> str:
    """A line of the table."""
    found = [record for record in records if FOUND[0] in record]
    cells = [f"{fmean(r[key] for r in found):.3f}" if found else "" for key in FOUND]
    cells.append(against(records, base, "ndcg@10", seed))
    if "right" in records[0]:
        able = [r for r, un in zip(records, unanswerable, strict=True) if not un]
        not_able = [r for r, un in zip(records, unanswerable, strict=True) if un]
        able_base = [r for r, un in zip(base, unanswerable, strict=True) if not un]
        cells.append(f"{sum(r['right'] for r in able):.0f} of {len(able)}")
        cells.append(f"{sum(r['own words'] for r in able):.0f}")
        cells.append(against(able, able if records is base else able_base, "right", seed))
        cells.append(f"{sum(r['refused'] for r in not_able)} of {len(not_able)}")
        cells.append(f"{sum(r['refused'] for r in able)}")
    return f"| {name} | {' | '.join(cells)} | {fmean(r['seconds'] for r in records):.1f} |"


def run(
    settings: PipelineSettings,
    home: Path,
    corpora: Path,
    asked: Sequence[dict[str, Any]],
    evidence: dict[str, Question],
    out: ResultFile,
    search: bool,
) -> list[dict[str, Any]]:
    """The records of one config, from `out` or else from the model."""
    keys = [f"{settings.fingerprint()} {'search' if search else 'ask'} {q['id']}" for q in asked]
    if any(key not in out.records for key in keys):
        if settings.query_engine.reads_documents or search:
            ingest_paths(settings, home, [corpora])
        with RagPipeline.open(settings, home) as pipeline:
            for number, (key, question) in enumerate(zip(keys, asked, strict=True), start=1):
                if key in out.records:
                    continue
                one = record_of(pipeline, question, evidence.get(question["id"]), search)
                out.add(key, {"id": question["id"], **one})
                print(f"{settings.collection}: {number}/{len(asked)}", file=sys.stderr)
    return [out.records[key] for key in keys]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", dest="configs", type=Path, action="append", required=True)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--limit", type=int, help="at most so many questions, spread evenly")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines if line.strip()]
    if given.limit and len(asked) > given.limit:
        step = len(asked) / given.limit
        asked = [asked[int(place * step)] for place in range(given.limit)]
    evidence = {q.id: q for q in read_questions(given.questions, read_documents(given.corpora))}
    unanswerable = [question["type"] == "unanswerable" for question in asked]
    out = ResultFile(given.out)
    heads = [*FOUND, "ndcg@10 against the first"]
    if not given.search:
        heads += ["right", "in own words", "right against the first"]
        heads += ["refused rightly", "refused wrongly"]
    print(f"{len(asked)} questions, {sum(q['id'] in evidence for q in asked)} with evidence\n")
    print(f"| config | {' | '.join(heads)} | seconds |\n|---|{'---|' * (len(heads) + 1)}")
    base: list[dict[str, Any]] = []
    for path in given.configs:
        settings = load_config(path, given.overrides)
        home = home_directory(given.home)
        records = run(settings, home, given.corpora, asked, evidence, out, given.search)
        base = base or records
        print(row(path.stem, records, base, unanswerable, given.seed), flush=True)


if __name__ == "__main__":
    main()
