"""A search from its file to its winner: trials on the tune part, then one look at the test part."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.evaluation import CACHE, Evaluation, evaluate
from evals.report.files import write_whole
from evals.runner import OnQuestion
from evals.stage_cache import StageCache
from evals.tuning.bench import Bench, OnNote
from evals.tuning.checking import BASE, CheckedTuning, check_tuning
from evals.tuning.files import TRIALS_FILE, trials_csv, write_comparison, write_winner
from evals.tuning.settings import BudgetSettings, TuningSettings
from evals.tuning.space import overrides, point_count
from evals.tuning.study import TuningStudy
from evals.tuning.trial import Measured, Trial, winner
from pipelines.errors import ConfigError
from pipelines.home import evaluations_directory

# Told of all trials whenever one more was measured, and how many there are to be, if that is known.
OnTrial = Callable[[Sequence[Trial], int | None], None]
RECORDS = "tune_records.jsonl"


@dataclass(frozen=True)
class Watch:
    """Who is told how far a search is."""

    on_trial: OnTrial
    on_question: OnQuestion
    on_note: OnNote


@dataclass(frozen=True)
class Search:
    """What a search found.

    `base` is the base on the tune part. `ended` says why no more was tried; `stopped` that the user
    broke it off, and then there is no `winner` yet. There is none either where nothing is better
    than the base. `evaluation` compares the two on the test part.
    """

    checked: CheckedTuning
    folder: Path
    base: Measured
    trials: Sequence[Trial]
    ended: str
    stopped: bool = False
    winner: Trial | None = None
    winner_file: Path | None = None
    evaluation: Evaluation | None = None


def tune(path: Path, given: Sequence[str], home: Path, watch: Watch) -> Search:
    """Go on with a search up to its budget, then compare its winner with the base.

    Everything is kept: a killed search goes on with the trial that it was at, and one whose budget
    is used up computes nothing.

    Args:
        path: The tuning file.
        given: What overrides it.
        home: Where models, collections and results are.
        watch: Who is told.

    Raises:
        ConfigError: See `check_tuning`.
        YomitokiError: The base or a trial could not be run at all, or the study not be read.
    """
    found = _searched(path, given, home, watch)
    best = None if found.stopped else winner(found.base, found.trials)
    return found if best is None else _compared(found, best, home, watch)


def _searched(path: Path, given: Sequence[str], home: Path, watch: Watch) -> Search:
    """The trials; when this returns, no language model of theirs is in memory any more."""
    with StageCache(home / CACHE) as cache:
        checked = check_tuning(path, given, home, cache)
        folder = evaluations_directory(home) / checked.name
        tuning = checked.tuning
        with TuningStudy(folder, checked.name, tuning.space, tuning.sampler, tuning.seed) as study:
            bench = Bench(
                tuning, checked.suite, checked.tune, checked.folder, home, cache, folder / RECORDS
            )
            base = bench.measure(BASE, (), watch.on_question, watch.on_note)
            stopped, ended = False, "stopped"
            try:
                ended = _try_out(study, bench, tuning, watch)
            except KeyboardInterrupt:
                stopped = True
            trials = study.trials()
    write_whole(folder / TRIALS_FILE, trials_csv(checked, base, trials))
    return Search(checked, folder, base, trials, ended, stopped)


def _try_out(study: TuningStudy, bench: Bench, tuning: TuningSettings, watch: Watch) -> str:
    """Measure point after point; returns why no more is tried."""
    limits = [count for count in (tuning.budget.trials, point_count(tuning.space)) if count]
    while True:
        trials = study.trials()
        watch.on_trial(trials, min(limits) if limits else None)
        if why := used_up(tuning.budget, trials):
            return why
        started = study.start()
        if started is None:
            return f"all {len(trials)} points of the space were tried"
        name = f"trial {started.number}"
        begun = time.monotonic()
        try:
            measured = bench.measure(
                name, overrides(started.point), watch.on_question, watch.on_note
            )
        except ConfigError as error:
            # These settings do not go together; the next ones may.
            reason = str(error).splitlines()[0].removeprefix(f"arm {name!r}: ")
            measured = Measured(None, reason.removeprefix("--set "))
        except BaseException:
            study.stop(started)
            raise
        study.finish(started, measured, time.monotonic() - begun)


def used_up(budget: BudgetSettings, trials: Sequence[Trial]) -> str:
    """What of the budget is used up, in words; "" while there is some left."""
    if budget.trials is not None and len(trials) >= budget.trials:
        return f"the budget of {budget.trials} trials is used up"
    spent = sum(trial.spent_seconds for trial in trials) / 60
    if budget.minutes is not None and spent >= budget.minutes:
        return f"the budget of {budget.minutes:g} minutes is used up"
    return ""


def _compared(found: Search, best: Trial, home: Path, watch: Watch) -> Search:
    """The winner against the base on the test part, as any suite is run."""
    file = write_winner(found.checked, best, found.base, found.folder)
    suite = write_comparison(found.checked, best, found.base, found.folder, file)
    evaluation = evaluate(suite, (), home, watch.on_question, watch.on_note)
    return replace(found, winner=best, winner_file=file, evaluation=evaluation)
