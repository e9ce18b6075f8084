from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.judges.answer_accuracy import AnswerAccuracySettings
from evals.judging import JudgingModel, judge_outcomes
from evals.outcome import Outcome
from evals.report.tables import measure_rows
from evals.results import metric_results
from evals.stage_cache import StageCache
from evals.suite import SuiteSettings
from pipelines.llms.model_pool import ModelPool
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings
from tests.evals.evals_builders import answer, outcome
from tests.evals.judges.scripted_judge import ScriptedJudge

ACCURACY = AnswerAccuracySettings()


class Scripted(JudgingModel):
    """A judging model whose decisions are a script's."""

    def __init__(self, *choices: str, name: str = "m") -> None:
        self.model = ScriptedJudge(*choices)
        self._name = name

    def get(self) -> ScriptedJudge:
        return self.model

    def state(self) -> list[Any]:
        return [self._name]


@pytest.fixture
def cache(tmp_path: Path) -> StageCache:
    return StageCache(tmp_path / "r.sqlite")


def judged(
    outcomes: Mapping[str, Sequence[Outcome]],
    model: Scripted,
    cache: StageCache,
    run: bool = True,
) -> Any:
    on_question = (lambda *_: None) if run else None
    return judge_outcomes(ACCURACY, outcomes, model, cache, on_question)


def test_a_judgement_is_kept_and_shared_by_arms_that_answer_alike(cache: StageCache) -> None:
    same = [outcome(answer("夜です"), reference="夜")]
    model = Scripted("4", "2")
    found = judged({"a": same, "b": same}, model, cache)
    assert [found[arm]["q"].value for arm in ("a", "b")] == [0.75, 0.75]
    assert found["b"]["q"].parts == (1.0, 0.5)
    assert len(model.model.asked) == 2


@pytest.mark.parametrize(
    "other",
    [outcome(answer("朝です"), reference="夜"), outcome(answer("夜です"), reference="夜中")],
)
def test_another_answer_or_reference_is_judged_anew(cache: StageCache, other: Outcome) -> None:
    judged({"a": [outcome(answer("夜です"), reference="夜")]}, Scripted("4", "4"), cache)
    found = judged({"a": [other]}, Scripted("0", "0"), cache)
    assert found["a"]["q"].value == 0.0


def test_another_model_judges_anew(cache: StageCache) -> None:
    said = {"a": [outcome(answer("夜です"), reference="夜")]}
    judged(said, Scripted("4", "4"), cache)
    assert judged(said, Scripted("0", "0", name="n"), cache)["a"]["q"].value == 0.0


def test_a_failure_is_asked_again_and_nothing_is_asked_for_a_report(cache: StageCache) -> None:
    said = {"a": [outcome(answer("夜です"), reference="夜")]}
    failed = judged(said, Scripted("banana"), cache)["a"]["q"]
    assert (failed.value, failed.reason) == (None, "judge failed: banana")
    assert judged(said, Scripted(), cache, run=False)["a"]["q"].reason == "not run yet"
    assert judged(said, Scripted("4", "4"), cache)["a"]["q"].value == 1.0
    assert judged(said, Scripted(), cache, run=False)["a"]["q"].value == 1.0


def test_a_question_that_can_not_be_judged_asks_for_no_model_again(cache: StageCache) -> None:
    unanswerable = {"a": [outcome(answer("夜です"), answerable=False)]}
    judged(unanswerable, Scripted(), cache)

    class NotLoaded(Scripted):
        def get(self) -> ScriptedJudge:
            raise AssertionError("the model was loaded")

    again = judged(unanswerable, NotLoaded(), cache)["a"]["q"]
    assert (again.value, again.reason) == (None, "the question can't be answered")


def test_a_secret_is_no_part_of_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "se-cret")
    settings = OpenAILikeLLMSettings(
        kind="openai_like", base_url="http://x/v1", model="m", api_key_env="MY_KEY"
    )
    state = JudgingModel(settings, tmp_path, ModelPool()).state()
    assert state[1] == ["m"]
    assert "se-cret" not in repr(state)


def test_how_far_the_judges_lie_apart_stands_beside_the_mean(cache: StageCache) -> None:
    suite = SuiteSettings.model_validate(
        {
            "name": "s",
            "datasets": [{"kind": "questions", "path": "q.jsonl"}],
            "arms": [{"name": "a"}],
            "metrics": [{"kind": "seconds"}],
            "judges": [{"kind": "answer_accuracy"}],
        }
    )
    ran = {"a": [outcome(answer("夜です", seconds={"x": 1.0}), reference="夜")]}
    judgements = {"answer_accuracy": judged(ran, Scripted("4", "2"), cache)}
    columns, rows = measure_rows(metric_results(suite, ran, judgements)[1])
    assert columns == ["arm", "mean", "95 %", "scored", "judges apart"]
    assert rows == [["a", "0.750", "[0.750, 0.750]", "1/1", "0.500"]]
