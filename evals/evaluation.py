"""A suite from its file to its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.arms import Arm, resolve_arms, suite_folder
from evals.dataset import Dataset
from evals.gates import FailedGate, failed_gates
from evals.judging import Judgements, JudgingModel, judge_outcomes
from evals.outcome import Outcome
from evals.preparing import Gold, ensure_collections, kept_states, read_gold
from evals.question_lines import MOST_PROBLEMS
from evals.results import MetricResult, metric_results
from evals.runner import OnQuestion, Run, kept_outcomes, run_arms
from evals.stage_cache import StageCache
from evals.suite import SuiteSettings, load_suite
from pipelines.config_files import shown
from pipelines.errors import ConfigError
from pipelines.home import evaluations_directory
from pipelines.llms.model_pool import ModelPool

CACHE = Path("evals") / "results.sqlite"
OnNote = Callable[[str], None]


@dataclass(frozen=True)
class Evaluation:
    """A suite that was run; outcomes by dataset and arm, what the judges said by dataset and judge,
    results by dataset."""

    suite: SuiteSettings
    folder: Path
    datasets: Sequence[Dataset]
    outcomes: Mapping[str, Mapping[str, Sequence[Outcome]]]
    judged: Mapping[str, Mapping[str, Judgements]]
    results: Mapping[str, Sequence[MetricResult]]
    failed_gates: Sequence[FailedGate]


@dataclass(frozen=True)
class Checked:
    """A dataset, or a version of one, with its arms and its gold, found to be right."""

    dataset: Dataset
    arms: Sequence[Arm]
    gold: Gold


def check_suite(
    path: Path, overrides: Sequence[str], home: Path, cache: StageCache
) -> tuple[SuiteSettings, list[Dataset], list[Checked]]:
    """Check everything that can be checked without a model; nothing is embedded.

    Returns:
        The suite, its datasets, and each version of them that arms name.

    Raises:
        ConfigError: The suite, a dataset or an arm is wrong, or gold is not in the documents.
        YomitokiError: A document can't be read.
    """
    folder = suite_folder(path)
    suite = load_suite(path, overrides)
    datasets = [settings.build(folder) for settings in suite.datasets]
    names = [dataset.name for dataset in datasets]
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: datasets: two have the same name: give them a name each")
    for gate in suite.gates:
        if gate.dataset and gate.dataset not in names:
            raise ConfigError(
                f"{path}: gates: no dataset {gate.dataset!r}: one of {', '.join(names)}"
            )
    checked = [
        check_arms(suite, folder, dataset, home, cache, version)
        for dataset in datasets
        for version in dict.fromkeys(arm.version for arm in suite.arms)
    ]
    _check_measures(path, suite, datasets)
    return suite, datasets, checked


def _check_measures(path: Path, suite: SuiteSettings, datasets: Sequence[Dataset]) -> None:
    """A measure that no question of any dataset can have is a mistake, not a column of blanks."""
    samples = [sample for dataset in datasets for sample in dataset.samples]
    for measure in (*suite.metrics, *suite.judges):
        reasons = [measure.unfit(sample) for sample in samples]
        if all(reasons):
            raise ConfigError(
                f"{path}: metrics: {measure.name} applies to no question "
                f"({', '.join(sorted(set(reasons)))}): leave it out"
            )


def check_arms(
    suite: SuiteSettings,
    folder: Path,
    dataset: Dataset,
    home: Path,
    cache: StageCache,
    version: str = "",
) -> Checked:
    """Check the arms of a suite that search one version of a dataset, as `check_suite` does.

    Raises:
        ConfigError: The dataset has no questions, an arm is wrong, or gold is not in the documents.
        YomitokiError: A document can't be read.
    """
    if not dataset.samples:
        raise ConfigError(f"dataset {dataset.name!r}: no question is left by its part and limit")
    searched = dataset.version(version)
    arms = resolve_arms(suite, folder, searched, home, version)
    gold, problems = read_gold(searched, arms[0].settings, cache)
    if problems:
        of = shown(searched.file) if searched.file else f"dataset {dataset.name!r}"
        told = [f"{of}: line {p.line}: {p.message}" for p in problems]
        raise ConfigError("\n".join(told[:MOST_PROBLEMS]))
    return Checked(searched, arms, gold)


def evaluate(
    path: Path,
    overrides: Sequence[str],
    home: Path,
    on_question: OnQuestion | None,
    on_note: OnNote,
) -> Evaluation:
    """Run a suite, or go on with it, and score it; without `on_question` score what is kept.

    Raises:
        ConfigError: See `check_suite`.
        YomitokiError: An arm could not be run at all.
    """
    with StageCache(home / CACHE) as cache:
        suite, datasets, checked = check_suite(path, overrides, home, cache)
        runs = []
        for one in checked:
            if on_question is None:
                states = kept_states(one.arms, one.dataset, home, cache, suite.answers)
            else:
                states = ensure_collections(
                    one.arms, one.dataset, home, cache, suite.answers,
                    lambda name, nodes: on_note(f"{name}: {nodes} nodes"),
                )  # fmt: skip
            runs.append(
                Run(
                    dataset=one.dataset,
                    arms=one.arms,
                    gold=one.gold,
                    states=states,
                    answers=suite.answers,
                    seed=suite.seed,
                    home=home,
                    repeats=suite.repeats,
                )
            )
        folder = evaluations_directory(home) / suite.name
        folder.mkdir(parents=True, exist_ok=True)
        pool = ModelPool()
        if on_question is None:
            found = _kept(runs, cache)
        else:
            found = run_arms(runs, cache, folder / "records.jsonl", on_question, pool)
        # In the order of the suite, whatever version each arm searched.
        outcomes = {
            name: {arm.name: of_arm[arm.name] for arm in suite.arms}
            for name, of_arm in found.items()
        }
        first = next(arm for run in runs for arm in run.arms if arm.name == suite.arms[0].name)
        model = JudgingModel(suite.judge_model or first.settings.llm, home, pool)
        judged = {
            name: {
                judge.name: judge_outcomes(judge, arms, model, cache, on_question)
                for judge in suite.judges
            }
            for name, arms in outcomes.items()
        }
    results = {name: metric_results(suite, arms, judged[name]) for name, arms in outcomes.items()}
    return Evaluation(
        suite=suite,
        folder=folder,
        datasets=datasets,
        outcomes=outcomes,
        judged=judged,
        results=results,
        failed_gates=failed_gates(suite.gates, results, suite.seed),
    )


def _kept(runs: Sequence[Run], cache: StageCache) -> dict[str, dict[str, list[Outcome]]]:
    outcomes: dict[str, dict[str, list[Outcome]]] = {run.dataset.name: {} for run in runs}
    for run in runs:
        outcomes[run.dataset.name] |= kept_outcomes(run, cache)
    return outcomes
