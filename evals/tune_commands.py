"""What `main.py eval tune` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.command_group import Call
from evals.commands import evaluation_record, show_evaluation, suite_overrides
from evals.report.files import write_report
from evals.report.plots import Drawn, search_plot
from evals.report.tables import number
from evals.tuning.checking import BASE
from evals.tuning.files import COMPARISON_FILE, TRIALS_FILE
from evals.tuning.search import Search, Watch, tune
from evals.tuning.space import point_text
from evals.tuning.trial import Measured, Trial, best_so_far, ranked
from pipelines.errors import YomitokiError

INTERRUPTED = 130
MOST_SHOWN = 5


def tune_settings(call: Call, path: Path, trials: int | None, minutes: float | None) -> int:
    """Search, and show what was found.

    Returns:
        130 if the user broke it off, else 0.

    Raises:
        ConfigError: The file, its base, a dataset or the space is wrong.
        YomitokiError: It could not be run, or no trial may win.
    """
    budget = {"trials": trials, "minutes": minutes}
    given = [f"budget.{key}={value}" for key, value in budget.items() if value is not None]
    found = _watched(call, path, (*suite_overrides(call), *given))
    files = [found.folder / TRIALS_FILE]
    if found.evaluation is not None and found.winner_file is not None:
        report = write_report(found.evaluation, [_plot(found)])
        files = [*report, found.winner_file, found.folder / COMPARISON_FILE, *files]
    if call.output.json:
        call.output.record({**search_record(found), "files": [str(file) for file in files]})
    else:
        _show(found, call, files)
    if found.stopped:
        call.output.note(f"stopped after {len(found.trials)} trials: the same command goes on")
        return INTERRUPTED
    if not ranked(found.trials):
        raise YomitokiError(_nothing(found.trials))
    return 0


def _watched(call: Call, path: Path, given: Sequence[str]) -> Search:
    """The search, with a bar for its trials and one for the questions of the one that runs."""
    output = call.output
    with output.progress("{task.fields[best]}") as progress:
        tasks: dict[str, Any] = {}
        seen: list[int] = []

        def task(name: str) -> Any:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=None, best="")
            return tasks[name]

        def on_trial(trials: Sequence[Trial], total: int | None) -> None:
            best = ranked(trials)
            said = f"best {number(best[0].measured.score or 0.0)}" if best else ""
            progress.update(task("trials"), completed=len(trials), total=total, best=said)
            if seen and seen[-1] < len(trials) and progress.disable:
                # Nobody watches a bar: a line a trial, as a log has it.
                output.note(_line(trials[-1]))
            seen.append(len(trials))

        def on_question(arm: str, done: int, total: int, was_there: bool) -> None:  # noqa: ARG001
            progress.update(task("questions"), completed=done, total=total, description=arm)

        def on_note(text: str) -> None:
            if progress.disable:
                output.note(text)
            else:
                progress.update(task("questions"), description=text)

        return tune(path, given, call.home, Watch(on_trial, on_question, on_note))


def _line(trial: Trial) -> str:
    measured = trial.measured
    said = "failed" if measured.score is None else number(measured.score)
    return f"{trial.name}: {said}: {point_text(trial.point)}"


def _show(found: Search, call: Call, files: Sequence[Path]) -> None:
    output, checked = call.output, found.checked
    metric = checked.tuning.metric.name
    output.line(f"{checked.tuning.name}: {len(found.trials)} trials: {found.ended}\n")
    output.table(*_trial_table(found))
    if found.base.score is None:
        output.line(f"\nthe base: {found.base.reason}")
    failed = [trial for trial in found.trials if trial.measured.score is None]
    if failed:
        first = failed[0]
        output.line(f"\n{len(failed)} failed, first {first.name}: {first.measured.reason}")
    output.line()
    if found.winner is not None and found.evaluation is not None:
        output.line(f"winner: {found.winner.name}: {point_text(found.winner.point)}")
        equal = sum(t.measured.score == found.winner.measured.score for t in ranked(found.trials))
        if equal > 1:
            output.line(f"{equal} trials reached the same: this one was the first of them.")
        output.line(
            f"Its {metric} above is optimistic: these questions chose it. What it is worth is said "
            "by the test questions, which no trial has seen:\n"
        )
        show_evaluation(found.evaluation, call)
    elif found.stopped:
        output.line(
            "The best of these is optimistic: these questions chose it. The test questions were "
            "not looked at.\n"
        )
    elif ranked(found.trials):
        output.line(
            "No trial is better than the base on the tune questions: the base stays, and the test "
            "questions were not looked at.\n"
        )
    for file in files:
        output.line(f"{'report' if file.suffix == '.html' else file.stem}: {file}")


def _trial_table(found: Search) -> tuple[list[str], list[list[str]]]:
    """The base and the best trials, by what they reached on the tune questions."""
    tuning = found.checked.tuning
    bounds = [bound.metric.name for bound in tuning.bounds]
    columns = ["on the tune part", tuning.metric.name, "scored", *bounds, "settings"]
    rows = [[BASE, *_cells(found.base, bounds), str(tuning.base or "default.yaml")]]
    for trial in ranked(found.trials)[:MOST_SHOWN]:
        rows.append([trial.name, *_cells(trial.measured, bounds), point_text(trial.point)])
    return columns, rows


def _cells(measured: Measured, bounds: Sequence[str]) -> list[str]:
    score = "failed" if measured.score is None else number(measured.score)
    means = [number(measured.bounds[name]) if name in measured.bounds else "" for name in bounds]
    return [score, f"{measured.scored}/{measured.total}", *means]


def _plot(found: Search) -> Drawn:
    metric = found.checked.tuning.metric.name
    return search_plot(
        [trial.measured.score for trial in found.trials],
        best_so_far(found.trials),
        found.base.score,
        f"The search: mean {metric} on the tune part",
        metric,
    )


def _nothing(trials: Sequence[Trial]) -> str:
    """Why no trial may win."""
    scored = [trial for trial in trials if trial.measured.score is not None]
    if scored:
        return f"no trial keeps the bounds: {len(scored)} had a score: widen bounds or space"
    reason = f"{trials[0].name}: {trials[0].measured.reason}" if trials else "no trial was run"
    return f"every trial failed: {reason}"


def search_record(found: Search) -> dict[str, Any]:
    """What was found, as JSON: what `eval tune --json` writes."""
    checked, best = found.checked, found.winner
    return {
        "search": checked.tuning.name,
        "study": checked.name,
        "metric": checked.tuning.metric.name,
        "ended": found.ended,
        "stopped": found.stopped,
        "tune": {
            "questions": sum(len(one.dataset.samples) for one in checked.tune),
            "base": found.base.as_json(),
            "trials": [_trial_record(trial) for trial in found.trials],
        },
        "winner": best
        and {
            "trial": best.number,
            "settings": best.point,
            "optimistic_tune_score": best.measured.score,
        },
        "test": found.evaluation and evaluation_record(found.evaluation),
    }


def _trial_record(trial: Trial) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state,
        "settings": trial.point,
        **trial.measured.as_json(),
        "spent_seconds": trial.spent_seconds,
    }
