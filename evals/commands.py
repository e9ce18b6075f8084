"""What the commands of `main.py eval` do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.command_group import Call
from evals.evaluation import CACHE, Evaluation, evaluate
from evals.gold import locate_gold
from evals.plan import plan_suite
from evals.question_lines import MOST_PROBLEMS, problem_text, read_questions
from evals.report.files import write_report
from evals.report.tables import comparison_rows, measure_rows, titled
from evals.results import MetricResult, Summary, metric_results
from evals.sample import Sample
from evals.stage_cache import StageCache
from evals.statistics.comparison import Comparison
from pipelines.config import load_config
from pipelines.errors import ConfigError
from pipelines.indexing import read_documents

GATE_FAILED = 3
MOST_LISTED = 20


def run_suite(call: Call, path: Path) -> int:
    """Run a suite and show its results.

    Returns:
        3 if a gate failed, else 0.

    Raises:
        ConfigError: The suite, a dataset or an arm is wrong.
        YomitokiError: It could not be run.
    """
    output = call.output
    with output.progress() as progress:
        tasks: dict[str, Any] = {}

        def on_question(arm: str, done: int, total: int, was_there: bool) -> None:  # noqa: ARG001
            if arm not in tasks:
                tasks[arm] = progress.add_task(arm, total=total)
            progress.update(tasks[arm], completed=done, total=total)

        evaluation = evaluate(path, suite_overrides(call), call.home, on_question, output.note)
    return _reported(call, evaluation)


def report(call: Call, path: Path) -> int:
    """Report what is kept of a suite; returns and raises as `run_suite` does."""
    return _reported(call, evaluate(path, suite_overrides(call), call.home, None, call.output.note))


def compare_arms(call: Call, path: Path, arm: str, against: str) -> None:
    """Compare two arms on every measure.

    Raises:
        ConfigError: An arm is not one of the suite's.
    """
    evaluation = evaluate(path, suite_overrides(call), call.home, None, call.output.note)
    names = [one.name for one in evaluation.suite.arms]
    for name in (arm, against):
        if name not in names:
            raise ConfigError(f"{path}: no arm {name!r}: one of {', '.join(map(repr, names))}")
    records = []
    for dataset in evaluation.datasets:
        outcomes = evaluation.outcomes[dataset.name]
        pair = {against: outcomes[against], arm: outcomes[arm]}
        judged = {
            name: {one: judgements[one] for one in pair}
            for name, judgements in evaluation.judged[dataset.name].items()
        }
        results = metric_results(evaluation.suite, pair, judged)
        records.append(
            {
                "name": dataset.name,
                "synthetic": sum(sample.synthetic for sample in dataset.samples),
                "metrics": [_result(result) for result in results],
            }
        )
        if call.output.json:
            continue
        call.output.line(f"{titled(dataset)}\n")
        call.output.table(*comparison_rows(results))
        for result in results:
            comparison = result.comparisons[arm]
            if comparison is not None and (comparison.wins or comparison.losses):
                call.output.line(f"\n{result.metric}, won: {_listed(comparison.wins)}")
                call.output.line(f"{result.metric}, lost: {_listed(comparison.losses)}")
        call.output.line()
    if call.output.json:
        call.output.record({"arm": arm, "against": against, "datasets": records})


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    return (", ".join(ids[:MOST_LISTED]) or "none") + more


def _reported(call: Call, evaluation: Evaluation) -> int:
    output = call.output
    files = write_report(evaluation)
    if output.json:
        output.record({**evaluation_record(evaluation), "files": [str(file) for file in files]})
    else:
        show_evaluation(evaluation, call)
        output.line(f"report: {files[0]}")
    for problem in evaluation.failed_gates:
        output.note(f"gate: {problem}")
    return GATE_FAILED if evaluation.failed_gates else 0


def plan(call: Call, path: Path) -> None:
    """Show what a run would do; raises as `run_suite` does."""
    with StageCache(call.home / CACHE) as cache:
        planned = plan_suite(path, suite_overrides(call), call.home, cache)
    output = call.output
    if output.json:
        output.record({**asdict(planned), "seconds": planned.seconds})
        return
    columns = ["dataset", "arm", "questions", "kept", "model calls, at most", "minutes"]
    rows = [
        [
            arm.dataset, arm.arm, str(arm.questions), str(arm.kept), f"{arm.model_calls:,}",
            f"{arm.seconds / 60:.1f}" + ("" if arm.measured else " estimated"),
        ]
        for arm in planned.arms
    ]  # fmt: skip
    output.table(columns, rows)
    output.line()
    for stage, (distinct, of_all) in planned.stages.items():
        if of_all:
            output.line(f"{stage}: {distinct} distinct of {of_all}")
    if planned.collections:
        output.line(
            f"to embed: {planned.embedding:,} characters in {len(planned.collections)} collections"
        )
    output.line(
        f"in all: about {planned.seconds / 60:.0f} minutes, {planned.memory / 2**30:.1f} GiB"
    )


def suite_overrides(call: Call) -> tuple[str, ...]:
    """Of the suite; --config takes the place of its base."""
    base = () if call.config is None else (f"base={call.config.resolve()}",)
    return (*call.overrides, *base)


def show_evaluation(evaluation: Evaluation, call: Call) -> None:
    output = call.output
    for dataset in evaluation.datasets:
        results = evaluation.results[dataset.name]
        output.line(titled(dataset))
        for result in results:
            less = " (less is better)" if result.lower_is_better else ""
            output.line(f"\n{result.metric}{less}")
            output.table(*measure_rows(result))
        for arm, outcomes in evaluation.outcomes[dataset.name].items():
            failed = [outcome for outcome in outcomes if outcome.answer is None]
            if failed:
                output.line(f"\n{arm}: {len(failed)} questions failed: {failed[0].error}")
        output.line()


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """The results as JSON: what `eval run --json` writes."""
    return {
        "suite": evaluation.suite.name,
        "seed": evaluation.suite.seed,
        "datasets": [
            {
                "name": dataset.name,
                "questions": len(dataset.samples),
                "synthetic": sum(sample.synthetic for sample in dataset.samples),
                "digest": dataset.digest(),
                "metrics": [_result(result) for result in evaluation.results[dataset.name]],
            }
            for dataset in evaluation.datasets
        ],
        "failed_gates": [str(gate) for gate in evaluation.failed_gates],
    }


def _result(result: MetricResult) -> dict[str, Any]:
    return {
        "metric": result.metric,
        "lower_is_better": result.lower_is_better,
        "arms": {arm: _summary(summary) for arm, summary in result.summaries.items()},
        "disagreement": dict(result.disagreement),
        "comparisons": [
            {"arm": arm, "against": result.against[arm], **_comparison(comparison)}
            for arm, comparison in result.comparisons.items()
            if comparison is not None
        ],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    interval = summary.interval
    return {
        "mean": summary.mean,
        "interval": [interval.low, interval.high] if interval else None,
        "scored": summary.scored,
        "total": summary.total,
        "reasons": dict(summary.reasons),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "n": comparison.n,
        "gain": comparison.difference,
        "interval": [comparison.interval.low, comparison.interval.high],
        "p": comparison.p,
        "p_holm": comparison.p_holm,
        "wins": list(comparison.wins),
        "losses": list(comparison.losses),
        "verdict": comparison.verdict,
        "needed": comparison.needed,
    }


def check_dataset(call: Call, path: Path, documents: list[Path]) -> int:
    """Say what a file of questions holds and what is wrong with it.

    Returns:
        1 if anything is wrong, else 0.

    Raises:
        ConfigError: The file or a document path can't be read.
    """
    samples, problems = read_questions(path)
    if documents:
        read, failed = read_documents(load_config(call.config, call.overrides).reader, documents)
        for failure in failed:
            call.output.note(f"{failure.source}: {failure.reason}")
        texts = {str(document.metadata["source"]): document.text for document in read}
        problems += locate_gold(samples, texts)[1]
    problems.sort(key=lambda problem: problem.line)
    held = holdings(samples)
    if call.output.json:
        told = [{"line": p.line, "message": p.message} for p in problems]
        call.output.record({"file": str(path), **held, "problems": told})
        return 1 if problems else 0
    call.output.line(f"{path}: " + ", ".join(f"{n:,} {what}" for what, n in held.items() if n))
    for problem in problems[:MOST_PROBLEMS]:
        call.output.line(problem_text(path, problem))
    if len(problems) > MOST_PROBLEMS:
        call.output.line(f"and {len(problems) - MOST_PROBLEMS} more")
    if not problems:
        where = "found in the documents" if documents else "not looked for: give --documents"
        call.output.line("nothing is wrong; evidence " + where)
    return 1 if problems else 0


def holdings(samples: list[Sample]) -> dict[str, int]:
    """How many questions there are, and how many have what a measure needs."""
    held = Counter(
        {
            "questions": len(samples),
            "with an answer": sum(bool(s.reference or s.aliases) for s in samples),
            "with evidence": sum(bool(s.evidence) for s in samples),
            "unanswerable": sum(not s.answerable for s in samples),
            "with options": sum(bool(s.options) for s in samples),
            "in groups": sum(bool(s.group) for s in samples),
            "synthetic": sum(s.synthetic for s in samples),
        }
    )
    return dict(held)
