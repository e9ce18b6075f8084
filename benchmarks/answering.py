"""Seconds a question from its start to its first word and to its end, and what we add to the model.

    python -m benchmarks.answering QUESTIONS.jsonl [--config FILE] [--set KEY=VALUE] [--limit N]

One process, the model warm. "Overhead" is the wall time that is not spent in the model's forward
passes, as a share of the whole; it contains retrieval.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path

from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.rag import RagPipeline


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    lines = arguments.questions.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines if line]
    # The first one loads the model; were it asked again, its prompt would have been read already.
    first_question, *questions = asked[: arguments.limit + 1]
    settings = load_config(arguments.config, arguments.overrides)
    walls, firsts, model = [], [], []
    started = time.perf_counter()
    with RagPipeline.open(settings, home_directory(arguments.home)) as pipeline:
        pipeline.ask(first_question)
        print(f"opening, loading and one question: {time.perf_counter() - started:.1f} s")
        for question in questions:
            first: list[float] = []
            started = time.perf_counter()

            def on_token(_: str, first: list[float] = first) -> None:
                if not first:
                    first.append(time.perf_counter())

            answer = pipeline.ask(question, on_token=on_token)
            walls.append(time.perf_counter() - started)
            model.append(answer.model_seconds)
            if first:
                firsts.append(first[0] - started)
            print(f"  {walls[-1]:6.1f} s  {question[:40]}", file=sys.stderr)
    overhead = 1 - sum(model) / sum(walls)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"questions: {len(walls)}")
    print(f"whole answer: mean {statistics.mean(walls):.1f} s, longest {max(walls):.1f} s")
    if firsts:
        print(f"first word: mean {statistics.mean(firsts):.1f} s, longest {max(firsts):.1f} s")
    print(f"overhead: {100 * overhead:.1f} % of the wall time")
    print(f"peak memory: {peak:.2f} GiB")


if __name__ == "__main__":
    main()
