"""The files of a search: its winner, the comparison as a suite, and the trials as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from textwrap import fill
from typing import Any

from evals.dataset_settings import DatasetSettings, QuestionsSettings
from evals.metrics.cost_scores import SecondsSettings
from evals.metrics.metric import Metric
from evals.report.files import inert_cell, write_whole
from evals.tuning.checking import BASE, CheckedTuning
from evals.tuning.ranges import label
from evals.tuning.settings import as_written
from evals.tuning.space import Point, overrides, point_text
from evals.tuning.trial import Measured, Trial, best_so_far
from pipelines.config import load_config, load_pipeline
from pipelines.config_yaml import dump
from pipelines.errors import YomitokiError

WINNER = "winner"
WINNER_FILE = "winner.yaml"
COMPARISON_FILE = "test.yaml"
TRIALS_FILE = "trials.csv"


def write_winner(checked: CheckedTuning, best: Trial, base: Measured, folder: Path) -> Path:
    """Write the winner as a config that extends the base.

    Raises:
        YomitokiError: The file does not give the settings that were measured.
    """
    said = fill(told(checked, best, base), 98, initial_indent="# ", subsequent_indent="# ")
    path = write_whole(folder / WINNER_FILE, f"{said}\n\n{winner_yaml(checked, best.point)}")
    if load_config(path) != load_config(checked.base, overrides(best.point)):
        raise YomitokiError(
            f"{path}: does not give the settings of {best.name}: take them from {TRIALS_FILE}"
        )
    return path


def winner_yaml(checked: CheckedTuning, point: Point) -> str:
    """A config that extends the base and says what differs; a list is written whole."""
    resolved = load_pipeline(checked.base, overrides(point)).resolved()
    changed: dict[str, Any] = {}
    for override in overrides(point):
        parts = override.partition("=")[0].split(".")
        here: Any = resolved
        below = changed
        for place, part in enumerate(parts):
            here = here[part]
            if place == len(parts) - 1 or isinstance(here, list):
                # Whole mappings, too: laid over one of the same kind, they must replace all of it.
                below[part] = deepcopy(here)
                break
            below = below.setdefault(part, {})
    return dump({"extends": as_written(str(checked.base)), **changed})


def write_comparison(
    checked: CheckedTuning, best: Trial, base: Measured, folder: Path, winner_file: Path
) -> Path:
    """Write the suite that compares the winner with the base on the test part; it may be run again.

    What a question takes is always measured, too: a gain may cost more than it is worth.
    """
    tuning = checked.tuning
    metrics: list[Metric] = [*tuning.metrics]
    if "seconds" not in [metric.name for metric in metrics]:
        metrics.append(SecondsSettings())
    suite = {
        "name": checked.name,
        "description": told(checked, best, base),
        "datasets": [_absolute(one, checked.folder) for one in tuning.datasets],
        "cluster": tuning.cluster,
        "answers": tuning.answers,
        "arms": [
            {"name": BASE, "config": str(checked.base)},
            {"name": WINNER, "config": str(winner_file)},
        ],
        "metrics": [metric.model_dump(mode="json") for metric in metrics],
        "seed": tuning.seed,
    }
    return write_whole(folder / COMPARISON_FILE, dump(as_written(suite)))


def told(checked: CheckedTuning, best: Trial, base: Measured) -> str:
    """Where the winner comes from, in a line, with its score on the questions that chose it."""
    metric = checked.tuning.metric.name
    theirs = "none" if base.score is None else f"{base.score:.3f}"
    return (
        f"{best.name} of the search {checked.tuning.name} ({point_text(best.point)}). On the tune "
        f"part its {metric} was {best.measured.score:.3f}, the base's {theirs}: optimistic, since "
        "it was chosen there."
    )


def _absolute(dataset: DatasetSettings, folder: Path) -> dict[str, Any]:
    """A dataset's test part, with paths that hold from any folder."""
    changes: dict[str, Any] = {"part": "test"}
    if isinstance(dataset, QuestionsSettings):
        changes["path"] = (folder / dataset.path).resolve()
        changes["documents"] = tuple((folder / one).resolve() for one in dataset.documents)
    else:
        changes["folder"] = (folder / dataset.folder).resolve()
    values: dict[str, Any] = dataset.model_copy(update=changes).model_dump(mode="json")
    return values


def trials_csv(checked: CheckedTuning, base: Measured, trials: Sequence[Trial]) -> str:
    """The base, then a row a trial: its score, its bounds, its settings, and why it failed.

    A score is a mean on the tune part; an empty one has a reason. A setting that is no word or
    number stands as JSON.
    """
    tuning = checked.tuning
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    bounds = [bound.metric.name for bound in tuning.bounds]
    # On the questions that are searched with, which makes the best of them optimistic.
    aim = f"tune {tuning.metric.name}"
    columns = ["trial", "state", aim, "best so far", "scored", "questions"]
    rows.writerow([*columns, *bounds, "seconds spent", *tuning.space, "reason"])
    rows.writerow(_row(BASE, "", base, None, bounds, "", ["" for _ in tuning.space]))
    for trial, best in zip(trials, best_so_far(trials), strict=True):
        values = [trial.point[key] for key in tuning.space]
        settings = [inert_cell(v) if isinstance(v, str) else label(v) for v in values]
        spent = f"{trial.spent_seconds:.2f}"
        rows.writerow(
            _row(str(trial.number), trial.state, trial.measured, best, bounds, spent, settings)
        )
    return written.getvalue()


def _row(
    name: str,
    state: str,
    measured: Measured,
    best: float | None,
    bounds: Sequence[str],
    spent: str,
    settings: Sequence[str],
) -> list[str]:
    means = [measured.bounds.get(bound) for bound in bounds]
    numbers = ["" if one is None else repr(one) for one in (measured.score, best)]
    counts = [str(measured.scored), str(measured.total)]
    over = ["" if mean is None else repr(mean) for mean in means]
    return [
        name, state, *numbers, *counts, *over, spent, *settings, inert_cell(measured.reason)
    ]  # fmt: skip
