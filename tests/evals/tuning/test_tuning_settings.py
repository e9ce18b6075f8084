from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.tuning.settings import BoundSettings, load_tuning
from pipelines.errors import ConfigError

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
GOOD: dict[str, Any] = {
    "name": "s",
    "datasets": [{"kind": "questions", "path": "q.jsonl"}],
    "metric": {"kind": "recall", "k": 5},
    "answers": False,
    "space": {"retriever.top_k": {"int": [5, 20], "step": 5}},
    "budget": {"trials": 3},
}


def load(folder: Path, env: dict[str, str] | None = None, **changes: Any) -> Any:
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}), encoding="utf-8")
    return load_tuning(path, env=env)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("suites/tune_*.yaml")), ids=lambda p: p.name)
def test_every_shipped_search_is_valid(path: Path) -> None:
    assert load_tuning(path).space


def test_a_search_is_read(tmp_path: Path) -> None:
    bound = {"metric": {"kind": "seconds"}, "at_most": 0.5}
    tuning = load(tmp_path, bounds=[bound])
    assert [metric.name for metric in tuning.metrics] == ["recall@5", "seconds"]
    assert (tuning.sampler, tuning.budget.trials, tuning.budget.minutes) == ("tpe", 3, None)
    assert tuning.space["retriever.top_k"].int == (5, 20)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"spaces": {}}, "unknown key. Did you mean 'space'"),
        ({"space": {}}, "space"),
        ({"arms": [{"name": "a"}]}, "search.yaml: has arms, as a suite: run eval run"),
        ({"space": {"a.b": {"in": [1, 2]}}}, r"search.yaml: space.*a\.b.*Did you mean 'int'"),
        ({"space": {"a": {"int": [2, 1]}}}, "space.a: .*the first must be below"),
        ({"metric": {"kind": "recal"}}, "metric: unknown kind 'recal'. Did you mean 'recall'"),
        ({"metric": {"kind": "seconds"}}, "less of seconds is better.*under bounds"),
        ({"metric": {"kind": "alias_match"}}, "alias_match needs answers"),
        ({"bounds": [{"metric": {"kind": "seconds"}}]}, "a bound needs at_most or at_least"),
        (
            {"bounds": [{"metric": {"kind": "recall", "k": 5}, "at_least": 0.5}]},
            "recall@5 is measured already",
        ),
        ({"budget": {}}, "needs trials or minutes"),
        ({"budget": {"trials": 0}}, "trials: must be a whole number >= 1"),
        ({"sampler": "gird"}, "Did you mean 'grid'"),
        (
            {"sampler": "grid", "space": {"a": {"float": [0, 1]}}},
            "a grid needs a step, or a choice, for a",
        ),
        ({"sampler": "grid", "space": {"a": {"int": [0, 200_000]}}}, "200,001 points"),
        (
            {"datasets": [{"kind": "questions", "path": "q.jsonl", "part": "tune"}]},
            "datasets: 0.part: must not be given",
        ),
        ({"name": "a b"}, "name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(tmp_path, **changes)


def test_a_grid_needs_no_budget(tmp_path: Path) -> None:
    assert load(tmp_path, sampler="grid", budget={}).budget.trials is None


def test_what_comes_from_the_environment_stands_as_written(tmp_path: Path) -> None:
    choice = ["${TOKEN}", {"a": ["$${b}"]}]
    tuning = load(tmp_path, env={"TOKEN": "secret"}, space={"x": {"choice": choice}})
    assert tuning.space["x"].choice == ("${TOKEN}", {"a": ["$${b}"]})


def test_a_bound_is_kept_up_to_its_value() -> None:
    most = BoundSettings.model_validate({"metric": {"kind": "seconds"}, "at_most": 2})
    assert (most.excess(1.5), most.excess(2.0), most.excess(2.5)) == (-0.5, 0.0, 0.5)
    both = BoundSettings.model_validate({"metric": {"kind": "mrr"}, "at_least": 0.5, "at_most": 1})
    assert (both.excess(0.25), both.excess(0.75)) == (0.25, -0.25)
