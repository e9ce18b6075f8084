"""Lets the judges of a suite judge what its arms answered; each judgement is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.judges.judge import Judge, Judgement
from evals.judges.settings import JudgeModelSettings
from evals.model_state import weights_state
from evals.outcome import Outcome
from evals.runner import NOT_RUN, OnQuestion
from evals.stage_cache import StageCache, stage_key
from pipelines.llms.model_pool import ModelPool
from pipelines.llms.protocol import ChoiceScorer

# Of each arm, of each question.
Judgements = Mapping[str, Mapping[str, Judgement]]


class JudgingModel:
    """The model that judges, built when something is to be judged.

    It may be the one that answered last, and is then not loaded again.
    """

    def __init__(self, settings: JudgeModelSettings, home: Path, pool: ModelPool) -> None:
        self._settings = settings
        self._home = home
        self._pool = pool
        self._model: ChoiceScorer | None = None

    def get(self) -> ChoiceScorer:
        """The model, which remembers nothing that it read.

        Raises:
            YomitokiError: It can't be loaded.
        """
        if self._model is None:
            settings = self._settings
            self._pool.keep_only([settings])
            self._model = self._pool.build(settings, self._home, None)
        self._pool.forget()
        return self._model

    def state(self) -> list[Any]:
        """What decides its judgements."""
        settings = self._settings
        return [settings.model_dump(mode="json"), weights_state(settings)]


def judge_outcomes(
    judge: Judge,
    outcomes: Mapping[str, Sequence[Outcome]],
    model: JudgingModel,
    cache: StageCache,
    on_question: OnQuestion | None,
) -> Judgements:
    """What a judge says of every arm's answers.

    Args:
        judge: The judge.
        outcomes: Of each arm.
        model: Who judges.
        cache: Keeps judgements; one that failed is not kept and asked for again.
        on_question: Hears what is done; without it nothing is asked that is not kept.

    Raises:
        YomitokiError: The model can't be loaded.
    """
    judged: dict[str, dict[str, Judgement]] = {}
    for arm, of_arm in outcomes.items():
        judged[arm] = {}
        for done, outcome in enumerate(of_arm, start=1):
            key = _key(judge, model, outcome)
            kept = cache.get(key)
            if kept is not None:
                judgement = Judgement(**{**kept, "parts": tuple(kept["parts"])})
            elif on_question is None:
                judgement = Judgement(None, NOT_RUN)
            else:
                judgement = judge.judge(outcome, model.get())
                if not judgement.failed:
                    cache.put(key, "judge", asdict(judgement))
            judged[arm][outcome.sample.id] = judgement
            if on_question is not None:
                on_question(f"{judge.name}: {arm}", done, len(of_arm), kept is not None)
    return judged


def _key(judge: Judge, model: JudgingModel, outcome: Outcome) -> str:
    sample = outcome.sample
    said = [
        [answer.text, answer.refused, *([n.text for n in nodes] for nodes in read)]
        for answer in outcome.answers
        for read in [(answer.citations, answer.context)]
    ]
    return stage_key(
        "judge",
        judge.model_dump(mode="json"),
        judge.version,
        model.state(),
        [sample.question, sample.reference, list(sample.aliases), sample.answerable],
        said,
    )
