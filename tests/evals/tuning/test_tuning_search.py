"""A search from its file to its winner, by words alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.tuning.search import RECORDS, Search, Watch, tune, used_up
from evals.tuning.settings import BudgetSettings
from evals.tuning.study import TuningStudy
from evals.tuning.trial import Measured, Trial
from pipelines.answer import Answer
from pipelines.config import load_config
from pipelines.errors import ConfigError, YomitokiError
from pipelines.rag import RagPipeline
from tests.evals.tuning.tuning_builders import write_search

TUNE = {f"q{number}" for number in (1, 3, 5, 7, 9, 11)}
TEST = {f"q{number}" for number in (2, 4, 6, 8, 10, 12)}
IMPOSSIBLE = {
    "node_parser": {"choice": [{"kind": "sentence", "max_chars": 0}, {"kind": "sentence_window"}]},
    "postprocessors": {"choice": [[], [{"kind": "sentence_window"}]]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("searches")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared: what one test computed is kept for the next, as for a user."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def found(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Search:
    """A whole search in a home where nothing was kept."""
    return search(write_search(folder), tmp_path_factory.mktemp("fresh"))


def search(
    path: Path,
    home: Path,
    *given: str,
    on_question: Callable[[str, int, int, bool], None] = lambda *_: None,
) -> Search:
    return tune(path, given, home, Watch(lambda *_: None, on_question, lambda _: None))


def recorded(found: Search, name: str) -> list[dict[str, Any]]:
    lines = (found.folder / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def top_ks(trials: Sequence[Trial]) -> list[int]:
    return [trial.point["retriever.top_k"] for trial in trials]


def test_the_best_on_one_part_is_judged_on_the_other(found: Search) -> None:
    """With two passages or more the gold is found, with one it never is: 0 and 1 by hand."""
    assert found.ended == "all 4 points of the space were tried"
    assert found.base.score == 0
    assert {t.point["retriever.top_k"]: t.measured.score for t in found.trials} == {
        1: 0, 2: 1, 3: 1, 4: 1,
    }  # fmt: skip
    assert found.winner == next(trial for trial in found.trials if trial.measured.score == 1)
    assert found.evaluation is not None
    result = found.evaluation.results["q"][0]
    comparison = result.comparisons["winner"]
    assert comparison is not None
    assert set(comparison.wins) == TEST
    # Six questions won and none lost: 2 * (1/2)^6.
    assert (comparison.n, comparison.p, comparison.verdict) == (6, 2 / 64, "helps")


def test_no_trial_sees_a_test_question(found: Search) -> None:
    """The trial whose settings are the base's asks nothing: its results are kept."""
    tried = recorded(found, RECORDS)
    others = {trial.name for trial in found.trials if trial.point["retriever.top_k"] != 1}
    assert {line["arm"] for line in tried} == {"base", *others}
    assert {line["id"] for line in tried} == TUNE
    compared = recorded(found, "records.jsonl")
    assert {line["arm"] for line in compared} == {"base", "winner"}
    assert {line["id"] for line in compared} == TEST


def test_the_winner_is_a_config(found: Search, folder: Path) -> None:
    assert found.winner is not None
    top_k = found.winner.point["retriever.top_k"]
    expected = load_config(folder / "base.yaml", [f"retriever.top_k={top_k}"])
    assert load_config(found.winner_file) == expected


def test_an_unchanged_search_computes_nothing(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_search(folder)
    first = search(path, home)

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("a pipeline was opened")

    monkeypatch.setattr(RagPipeline, "open", opened)
    again = search(path, home)
    assert again.trials == first.trials
    assert again.evaluation is not None
    assert first.evaluation is not None
    assert again.evaluation.results == first.evaluation.results


def test_a_budget_is_kept_and_can_be_raised(folder: Path, home: Path) -> None:
    path = write_search(folder, "budget", sampler="random", budget={"trials": 2})
    two = search(path, home)
    assert len(two.trials) == 2
    three = search(path, home, "budget.trials=3")
    assert three.trials[:2] == two.trials
    assert len(three.trials) == 3


def test_a_budget_of_minutes_lets_one_trial_through(folder: Path, home: Path) -> None:
    path = write_search(folder, "minutes", budget={"minutes": 1e-6})
    for _ in range(2):
        short = search(path, home)
        assert (len(short.trials), short.ended) == (1, "the budget of 1e-06 minutes is used up")


def test_what_is_spent_is_added_up_over_runs() -> None:
    trials = [Trial(number, {}, Measured(1.0), 45.0) for number in (1, 2)]
    assert used_up(BudgetSettings(minutes=1.5), trials) == "the budget of 1.5 minutes is used up"
    assert used_up(BudgetSettings(minutes=1.6, trials=3), trials) == ""
    assert used_up(BudgetSettings(trials=2), trials) == "the budget of 2 trials is used up"


def test_settings_that_do_not_go_together_are_a_failed_trial(folder: Path, home: Path) -> None:
    found = search(write_search(folder, "impossible", space=IMPOSSIBLE), home)
    assert len(found.trials) == 4
    failed = [trial for trial in found.trials if trial.state == "failed"]
    assert [trial.point for trial in failed] == [
        {
            "node_parser": {"kind": "sentence", "max_chars": 0},
            "postprocessors": [{"kind": "sentence_window"}],
        }
    ]
    assert "sentence_window has no effect" in failed[0].measured.reason


def test_a_base_that_nothing_betters_stays_and_the_test_part_is_left_alone(
    folder: Path, home: Path
) -> None:
    """The first passage is never the gold, whatever stands behind it: precision@1 is 0."""
    path = write_search(folder, "stays", metric={"kind": "precision", "k": 1})
    found = search(path, home)
    assert {trial.measured.score for trial in found.trials} == {0.0}
    assert (found.winner, found.evaluation, found.winner_file) == (None, None, None)
    assert not (found.folder / "records.jsonl").exists()


def test_what_is_out_of_bounds_does_not_win(folder: Path, home: Path) -> None:
    """The gold never stands first: recall@1 is 0, whatever is tried."""
    bound = {"metric": {"kind": "recall", "k": 1}, "at_least": 0.0}
    path = write_search(folder, "bounds", bounds=[bound])
    assert search(path, home).winner is not None
    never = search(path, home, "bounds.0.at_least=0.5")
    assert never.winner is None
    assert {trial.state for trial in never.trials} == {"out of bounds"}


def test_ctrl_c_ends_with_what_there_is_and_the_search_goes_on(folder: Path, home: Path) -> None:
    path = write_search(folder, "ctrl-c", space={"retriever.top_k": {"int": [11, 14]}})

    def stop(arm: str, done: int, total: int, there: bool) -> None:  # noqa: ARG001
        if (arm, done) == ("trial 2", 3):
            raise KeyboardInterrupt

    stopped = search(path, home, on_question=stop)
    assert (stopped.stopped, len(stopped.trials), stopped.winner) == (True, 1, None)
    assert "\n1,done," in (stopped.folder / "trials.csv").read_text("utf-8")
    there: list[int] = []

    def kept(arm: str, done: int, total: int, was_there: bool) -> None:  # noqa: ARG001
        if was_there and arm == "trial 2":
            there.append(done)

    finished = search(path, home, on_question=kept)
    assert there == [1, 2, 3]
    assert finished.trials[0] == stopped.trials[0]
    assert sorted(top_ks(finished.trials)) == [11, 12, 13, 14]


def test_a_search_that_was_killed_goes_on(folder: Path, home: Path) -> None:
    whole = search(write_search(folder, "whole"), home)
    path = write_search(folder, "killed")
    killed = search(path, home, "budget.trials=1")
    tuning = killed.checked.tuning
    with TuningStudy(
        killed.folder, killed.checked.name, tuning.space, tuning.sampler, tuning.seed
    ) as study:
        assert study.start() is not None  # and never finished
    assert top_ks(search(path, home).trials) == top_ks(whole.trials)


def test_another_space_base_or_dataset_is_another_search(folder: Path, home: Path) -> None:
    path = write_search(folder, "other", budget={"trials": 1})
    names = [
        search(path, home, *given).checked.name
        for given in (
            (), ("budget.minutes=9", "description=words"),
            ("seed=1",), ("space={retriever.top_k: {int: [1, 3]}}",), ("datasets.0.limit=5",),
        )
    ]  # fmt: skip
    base = folder / "base.yaml"
    base.write_text(base.read_text("utf-8") + "where: {source: [a.md]}\n", encoding="utf-8")
    names.append(search(path, home).checked.name)
    assert names[0] == names[1]
    assert len(set(names)) == 5


def test_settings_that_are_refused_only_when_asked_are_a_failed_trial_too(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {"retriever.top_k": {"int": [41, 43]}}
    searched = RagPipeline.search

    def refusing(pipeline: RagPipeline, *arguments: Any, **options: Any) -> Answer:
        if pipeline.settings.retriever.model_dump()["top_k"] == 42:
            raise ConfigError("retriever: 42 passages fit no prompt")
        return searched(pipeline, *arguments, **options)

    monkeypatch.setattr(RagPipeline, "search", refusing)
    found = search(write_search(folder, "refused", space=space), home)
    states = {trial.point["retriever.top_k"]: trial.measured.reason for trial in found.trials}
    assert states == {41: "", 42: "retriever: 42 passages fit no prompt", 43: ""}


def test_an_error_that_every_question_meets_ends_the_search(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {"retriever.top_k": {"int": [21, 24]}}
    path = write_search(folder, "error", space=space, budget={"trials": 2})
    search(path, home, "budget.trials=1")

    def failed(*_: Any, **__: Any) -> None:
        raise YomitokiError("the disk is full: free some space")

    monkeypatch.setattr(RagPipeline, "search", failed)
    with pytest.raises(YomitokiError, match=r"trial 2: every question failed.*q1: the disk is"):
        search(path, home)
    monkeypatch.undo()
    assert len(search(path, home).trials) == 2
