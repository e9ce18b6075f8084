"""Settings measured on the tune part, by the harness that runs suites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from evals.arms import resolve_arms
from evals.evaluation import Checked
from evals.outcome import Outcome
from evals.preparing import ensure_collections
from evals.runner import OnQuestion, Run, run_arms
from evals.stage_cache import StageCache
from evals.suite import ArmSettings, SuiteSettings
from evals.tuning.settings import TuningSettings
from evals.tuning.trial import Measured
from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.model_pool import ModelPool

OnNote = Callable[[str], None]


class Bench:
    """Measures settings, one after another, on the same questions.

    Results of stages are kept, so settings that share one with others pay for it once, and a
    language model stays in memory until settings name another one.
    """

    def __init__(
        self,
        tuning: TuningSettings,
        suite: SuiteSettings,
        checked: Sequence[Checked],
        folder: Path,
        home: Path,
        cache: StageCache,
        records: Path,
    ) -> None:
        """
        Args:
            tuning: The search.
            suite: Its tune part, with the base as the only arm.
            checked: The datasets of the tune part.
            folder: What relative paths start from.
            home: Where models and collections are.
            cache: Where results are kept.
            records: A line is appended here for each question that is asked.
        """
        self._tuning, self._suite, self._checked = tuning, suite, checked
        self._folder, self._home, self._cache, self._records = folder, home, cache, records
        self._pool = ModelPool()

    def measure(
        self, name: str, overrides: Sequence[str], on_question: OnQuestion, on_note: OnNote
    ) -> Measured:
        """Answer, or search for, every question with the base and what overrides it.

        Settings that some questions failed with have no score: a mean over the others would be one
        over easier questions.

        Raises:
            ConfigError: The settings are impossible.
            YomitokiError: It could not be run, or every question failed.
        """
        suite = self._suite.model_copy(
            update={"arms": (ArmSettings(name=name, set=tuple(overrides)),)}
        )
        outcomes = [self._outcomes(one, suite, on_question, on_note) for one in self._checked]
        return measured(self._tuning, name, outcomes)

    def _outcomes(
        self, one: Checked, suite: SuiteSettings, on_question: OnQuestion, on_note: OnNote
    ) -> Sequence[Outcome]:
        arms = resolve_arms(suite, self._folder, one.dataset, self._home)
        states = ensure_collections(
            arms, one.dataset, self._home, self._cache, suite.answers,
            lambda collection, nodes: on_note(f"{collection}: {nodes} nodes"),
        )  # fmt: skip
        run = Run(one.dataset, arms, one.gold, states, suite.answers, suite.seed, self._home)
        outcomes = run_arms(
            [run], self._cache, self._records, on_question, self._pool, raising=(ConfigError,)
        )
        return outcomes[one.dataset.name][arms[0].name]


def measured(tuning: TuningSettings, name: str, outcomes: Sequence[Sequence[Outcome]]) -> Measured:
    """What outcomes, by dataset, are worth: each dataset's mean counts the same.

    Raises:
        YomitokiError: Every question failed.
    """
    flat = [outcome for of_dataset in outcomes for outcome in of_dataset]
    if failed := [outcome for outcome in flat if outcome.answer is None]:
        said = f"{failed[0].sample.id}: {failed[0].error}"
        if len(failed) == len(flat):
            raise YomitokiError(f"{name}: every question failed, the first of them {said}")
        return Measured(None, f"{len(failed)} of {len(flat)} questions failed, {said}")
    means: dict[str, float] = {}
    scored = 0
    for metric in tuning.metrics:
        of_datasets = []
        for of_dataset in outcomes:
            scores = [metric.score(outcome) for outcome in of_dataset]
            known = [score.value for score in scores if score.value is not None]
            if not known:
                return Measured(None, f"{metric.name}: {scores[0].reason}", 0, len(flat))
            of_datasets.append(fmean(known))
            scored += len(known) if metric is tuning.metric else 0
        means[metric.name] = fmean(of_datasets)
    bounds: Mapping[str, float] = {b.metric.name: means[b.metric.name] for b in tuning.bounds}
    return Measured(
        score=means[tuning.metric.name],
        scored=scored,
        total=len(flat),
        bounds=bounds,
        excess={b.metric.name: b.excess(means[b.metric.name]) for b in tuning.bounds},
    )
