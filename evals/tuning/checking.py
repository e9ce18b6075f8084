"""What must be right about a search before it begins: its space, its measures, its questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.arms import suite_folder
from evals.evaluation import Checked, check_arms
from evals.metrics.metric import Metric
from evals.model_state import model_state
from evals.split import Part
from evals.stage_cache import StageCache, code_version
from evals.suite import ArmSettings, SuiteSettings
from evals.tuning.ranges import ends
from evals.tuning.settings import TuningSettings, load_tuning
from evals.tuning.space import Point, overrides
from pipelines.component import fingerprint
from pipelines.config import load_config
from pipelines.config_files import SHIPPED_CONFIGS, shown
from pipelines.errors import ConfigError

BASE = "base"
# What a search can't change, with the reason.
_FIXED = {
    "collection": "the harness makes collections of its own",
    "reader": "the gold is located in the documents as the base reads them",
}


@dataclass(frozen=True)
class CheckedTuning:
    """A search that was found to be right.

    `suite` is its tune part with the base as the only arm, `tune` and `test` the datasets of either
    part. `base` is the config's absolute path. `name` tells it from every other search: it changes
    with all that could change a trial's score, but not with the budget.
    """

    tuning: TuningSettings
    folder: Path
    base: Path
    suite: SuiteSettings
    tune: Sequence[Checked]
    test: Sequence[Checked]
    name: str


def check_tuning(path: Path, given: Sequence[str], home: Path, cache: StageCache) -> CheckedTuning:
    """Check everything that can be checked without a model; nothing is embedded.

    Args:
        path: The tuning file.
        given: What overrides it.
        home: Where models are.
        cache: Keeps the texts of documents.

    Raises:
        ConfigError: The file, its base, a dataset, a key of the space or a measure is wrong.
        YomitokiError: A document can't be read.
    """
    folder = suite_folder(path)
    tuning = load_tuning(path, given)
    chosen = folder / tuning.base if tuning.base else SHIPPED_CONFIGS / "default.yaml"
    base = chosen.absolute()
    load_config(base)
    check_space(shown(path), tuning, base)
    suite = _suite(tuning)
    tune, test = (_part(part, tuning, suite, folder, home, cache) for part in ("tune", "test"))
    for metric in tuning.metrics:
        for part, checked in (("tune", tune), ("test", test)):
            for one in checked:
                _check_applies(shown(path), metric, part, one)
    return CheckedTuning(tuning, folder, base, suite, tune, test, _name(tuning, tune))


def check_space(file: str, tuning: TuningSettings, base: Path) -> None:
    """Try both ends of every key, or each of its choices, on the base.

    A value that the base alone does not accept may need another key's: it is tried with those, too.

    Raises:
        ConfigError: A key is none, or a value fits nowhere; a line a key.
    """
    problems = []
    for key, values in tuning.space.items():
        root = key.partition(".")[0].strip()
        if root in _FIXED:
            problems.append(f"{file}: space: {key}: can't be searched: {_FIXED[root]}")
        elif root == "query_engine" and not tuning.answers:
            problems.append(
                f"{file}: space: {key}: changes nothing that is only retrieved: set answers to true"
            )
        else:
            found = [_problem(base, {key: value}, tuning) for value in ends(values)]
            problems += [f"{file}: space: {problem}" for problem in found if problem][:1]
    if problems:
        raise ConfigError("\n".join(problems))


def _problem(base: Path, point: Point, tuning: TuningSettings) -> str:
    """Why a point with one key fits nowhere; "" if it does."""
    alone = _refused(base, point)
    if not alone:
        return ""
    others = (
        {**point, key: value}
        for key, values in tuning.space.items()
        if key not in point
        for value in ends(values)
    )
    return "" if any(not _refused(base, other) for other in others) else alone


def _refused(base: Path, point: Point) -> str:
    try:
        load_config(base, overrides(point))
    except ConfigError as error:
        return str(error).splitlines()[0].removeprefix("--set ")
    return ""


def _suite(tuning: TuningSettings) -> SuiteSettings:
    """The tune part as a suite, with the base as its arm."""
    return SuiteSettings(
        name=tuning.name,
        base=tuning.base,
        datasets=tuple(one.model_copy(update={"part": "tune"}) for one in tuning.datasets),
        arms=(ArmSettings(name=BASE),),
        cluster=tuning.cluster,
        answers=tuning.answers,
        repeats=1,
        metrics=tuning.metrics,
        judge_model=None,
        seed=tuning.seed,
    )


def _part(
    part: Part,
    tuning: TuningSettings,
    suite: SuiteSettings,
    folder: Path,
    home: Path,
    cache: StageCache,
) -> list[Checked]:
    datasets = [one.model_copy(update={"part": part}).build(folder) for one in tuning.datasets]
    names = [dataset.name for dataset in datasets]
    if len(set(names)) < len(names):
        raise ConfigError("datasets: two have the same name: give them a name each")
    for dataset in datasets:
        if not dataset.samples:
            raise ConfigError(
                f"dataset {dataset.name!r}: no question is in its {part} part: more questions, or "
                "another split, must be there"
            )
    return [check_arms(suite, folder, dataset, home, cache) for dataset in datasets]


def _check_applies(file: str, metric: Metric, part: str, one: Checked) -> None:
    """A measure must be able to score at least one question of a dataset's part.

    Raises:
        ConfigError: It can't.
    """
    reasons = [metric.unfit(sample) for sample in one.dataset.samples]
    if not all(reasons):
        return
    raise ConfigError(
        f"{file}: metric: {metric.name}: none of the {len(reasons)} {part} questions of "
        f"{one.dataset.name!r} can have a score: {reasons[0]}"
    )


def _name(tuning: TuningSettings, tune: Sequence[Checked]) -> str:
    """The search's name with a hash of all that decides a trial's score."""
    settings = tuning.model_dump(mode="json", exclude={"name", "description", "base", "budget"})
    base = tune[0].arms[0].settings
    decided = [
        settings,
        base.model_dump(mode="json", exclude={"collection"}),
        model_state(base),
        [[one.dataset.digest(), one.gold.texts] for one in tune],
        # Scores are stored, so the measures' code counts, too.
        code_version(("pipelines", "storage", "evals")),
    ]
    return f"{tuning.name}-{fingerprint(decided)[:8]}"
