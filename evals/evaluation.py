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
from pipelines.errors import ConfigError

CACHE = Path("evals") / "results.sqlite"
RUNS = Path("evals") / "runs"
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
    """A dataset with its arms and its gold, found to be right."""

    dataset: Dataset
    arms: Sequence[Arm]
    gold: Gold


def check_suite(
    path: Path, overrides: Sequence[str], home: Path, cache: StageCache
) -> tuple[SuiteSettings, list[Checked]]:
    """Check everything that can be checked without a model; nothing is embedded.

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
    checked = [check_arms(suite, folder, dataset, home, cache) for dataset in datasets]
    return suite, checked


def check_arms(
    suite: SuiteSettings, folder: Path, dataset: Dataset, home: Path, cache: StageCache
) -> Checked:
    """Check the arms of a suite on a dataset, as `check_suite` does.

    Raises:
        ConfigError: The dataset has no questions, an arm is wrong, or gold is not in the documents.
        YomitokiError: A document can't be read.
    """
    if not dataset.samples:
        raise ConfigError(f"dataset {dataset.name!r}: no question is left by its part and limit")
    arms = resolve_arms(suite, folder, dataset, home)
    gold, problems = read_gold(dataset, arms[0].settings, cache)
    if problems:
        told = [f"dataset {dataset.name!r}: line {p.line}: {p.message}" for p in problems]
        raise ConfigError("\n".join(told[:MOST_PROBLEMS]))
    return Checked(dataset, arms, gold)


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
        suite, checked = check_suite(path, overrides, home, cache)
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
                Run(one.dataset, one.arms, one.gold, states, suite.answers, suite.seed, home)
            )
        folder = home / RUNS / suite.name
        folder.mkdir(parents=True, exist_ok=True)
        outcomes = {
            run.dataset.name: run_arms(run, cache, folder / "records.jsonl", on_question)
            if on_question
            else kept_outcomes(run, cache)
            for run in runs
        }
        model = JudgingModel(suite.judge_model or runs[0].arms[0].settings.llm, home)
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
        datasets=[run.dataset for run in runs],
        outcomes=outcomes,
        judged=judged,
        results=results,
        failed_gates=failed_gates(suite.gates, results, suite.seed),
    )
