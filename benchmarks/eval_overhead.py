"""What the harness costs over bare calls of the pipeline: the same arm and questions, in one run.

    python -m benchmarks.eval_overhead SUITE.yaml ARM [--limit 10] [--rounds 2] [--home DIR]

In turns, with one loaded model: (a) `pipeline.ask` for each question; (b) the harness with an empty
store of results, which keeps every stage and every answer, each on disk before the next question;
(c) the harness again, everything kept. Opening the pipeline is left out of (a) and (b): both do it
once, and answer one question before the clock starts. Printed are the fastest rounds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from evals.evaluation import CACHE, check_suite
from evals.preparing import ensure_collections
from evals.runner import Run, run_arms
from evals.stage_cache import StageCache
from pipelines.errors import ConfigError
from pipelines.home import home_directory
from pipelines.llms.model_pool import ModelPool
from pipelines.rag import RagPipeline


def prepared(suite_file: Path, arm_name: str, limit: int, home: Path) -> Run:
    """The arm on the first dataset, its collection built."""
    with StageCache(home / CACHE) as cache:
        # Few questions may be none that a measure of the suite applies to.
        changes = [f"datasets.0.limit={limit + 1}", "metrics=[{kind: seconds}]", "judges=[]"]
        suite, _, checked = check_suite(suite_file, changes, home, cache)
        one = next((c for c in checked if any(a.name == arm_name for a in c.arms)), None)
        if one is None:
            raise ConfigError(f"{suite_file}: no arm {arm_name!r}")
        arms = [arm for arm in one.arms if arm.name == arm_name]
        states = ensure_collections(
            arms, one.dataset, home, cache, suite.answers, lambda name, n: print(name, n)
        )
    return Run(one.dataset, arms, one.gold, states, suite.answers, suite.seed, home)


def bare(run: Run, pool: ModelPool) -> float:
    """Seconds of the pipeline's own calls, from the second question on."""
    first, *others = (sample.question for sample in run.dataset.samples)
    with RagPipeline.open(run.arms[0].settings, run.home, build_llm=pool.build) as pipeline:
        call = pipeline.ask if run.answers else pipeline.search
        call(first)
        started = time.perf_counter()
        for question in others:
            call(question)
        return time.perf_counter() - started


def harness(run: Run, pool: ModelPool, cache: StageCache, folder: Path) -> float:
    """The same by the harness: seconds from the end of the first question to that of the last."""
    ended: list[float] = []

    def on_question(_arm: str, _done: int, _total: int, _kept: bool) -> None:
        ended.append(time.perf_counter())

    run_arms([run], cache, folder / "records.jsonl", on_question, pool)
    return ended[-1] - ended[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("arm")
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    run = prepared(given.suite, given.arm, given.limit, home_directory(given.home))
    pool = ModelPool()
    rounds: list[tuple[float, float, float]] = []
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            with StageCache(folder / "results.sqlite") as cache:
                rounds.append(
                    (
                        bare(run, pool),
                        harness(run, pool, cache, folder),
                        harness(run, pool, cache, folder),
                    )
                )
        print(f"round {number + 1}: " + ", ".join(f"{value:.2f} s" for value in rounds[-1]))
    plain, kept, again = (min(column) for column in zip(*rounds, strict=True))
    print(f"\n{len(run.dataset.samples) - 1} questions of {given.arm!r}\n")
    print("| way | seconds | against bare calls |\n|---|---|---|")
    print(f"| bare calls of the pipeline | {plain:.2f} | 1 |")
    print(f"| the harness, nothing kept | {kept:.2f} | {kept / plain:.3f} |")
    print(f"| the harness, everything kept | {again:.3f} | {again / plain:.4f} |")


if __name__ == "__main__":
    main()
