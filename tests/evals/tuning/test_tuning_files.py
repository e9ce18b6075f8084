"""The winner as a config: it must give the very settings that were measured."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.stage_cache import StageCache
from evals.suite import load_suite
from evals.tuning.checking import CheckedTuning, check_tuning
from evals.tuning.files import trials_csv, winner_yaml, write_comparison, write_winner
from evals.tuning.space import overrides
from evals.tuning.trial import Measured, Trial
from pipelines.config import load_config
from tests.evals.tuning.tuning_builders import write_search

FUSION = {"kind": "fusion", "children": [{"kind": "bm25", "top_k": 7}]}


def checked(folder: Path, **changes: Any) -> CheckedTuning:
    path = write_search(folder, **changes)
    with StageCache(folder / "cache.sqlite") as cache:
        return check_tuning(path, (), folder / "home", cache)


def trial(point: dict[str, Any], score: float | None = 0.75, reason: str = "") -> Trial:
    return Trial(1, point, Measured(score, reason, 5, 6), 1.25)


@pytest.mark.parametrize(
    "point",
    [
        {"retriever.top_k": 3},
        {"retriever": {"kind": "bm25"}},  # the base's kind, but not its top_k
        {"retriever": FUSION},
        {"retriever": FUSION, "retriever.children.0.top_k": 2},
        {"retriever.kind": "dense", "retriever.top_k": 4},
        {"postprocessors": [{"kind": "cutoff", "min_similarity": None}]},
        {"where": {"source": ["${HOME}.md"]}},
        {"where": {"source": ["$${HOME}.md"]}},
        {"llm.threads": 2, "node_parser": {"kind": "paragraph"}},
        {"judge": {"kind": "huggingface", "model": "qwen2.5-coder-0.5b"}},
    ],
)
def test_the_winners_config_gives_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: dict[str, Any]
) -> None:
    monkeypatch.setenv("HOME", "here")
    found = checked(tmp_path)
    path = tmp_path / "elsewhere" / "winner.yaml"
    path.parent.mkdir()
    path.write_text(winner_yaml(found, point), encoding="utf-8")
    assert load_config(path) == load_config(tmp_path / "base.yaml", overrides(point))


def test_the_winners_config_says_what_differs_alone(tmp_path: Path) -> None:
    found = checked(tmp_path)
    path = write_winner(found, trial({"retriever.top_k": 3}), Measured(0.5), tmp_path)
    text = path.read_text("utf-8")
    assert yaml.safe_load(text) == {
        "extends": str(tmp_path / "base.yaml"),
        "retriever": {"top_k": 3},
    }
    said = " ".join(line.removeprefix("# ") for line in text.splitlines() if line[:1] == "#")
    assert "trial 1 of the search river (retriever.top_k=3)" in said
    assert "recall@5 was 0.750, the base's 0.500: optimistic" in said


def test_the_comparison_is_a_suite_of_the_test_part(tmp_path: Path) -> None:
    found = checked(tmp_path, bounds=[{"metric": {"kind": "mrr"}, "at_least": 0.1}])
    best = trial({"retriever.top_k": 3})
    winner = write_winner(found, best, Measured(0.5), tmp_path)
    suite = load_suite(write_comparison(found, best, Measured(0.5), tmp_path, winner))
    assert [(arm.name, arm.config) for arm in suite.arms] == [
        ("base", tmp_path / "base.yaml"), ("winner", winner),
    ]  # fmt: skip
    assert [metric.name for metric in suite.metrics] == ["recall@5", "mrr@10", "seconds"]
    (dataset,) = suite.datasets
    built = dataset.build(Path("/nowhere"))
    assert [sample.id for sample in built.samples] == ["q2", "q4", "q6", "q8", "q10", "q12"]
    assert "optimistic" in suite.description


def test_trials_are_a_table(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        space={"retriever": {"choice": [{"kind": "bm25"}, {"kind": "dense"}]}},
        sampler="random",
        budget={"trials": 2},
    )
    failed = Trial(2, {"retriever": {"kind": "dense"}}, Measured(None, "=impossible"), 0.5)
    text = trials_csv(found, Measured(0.5, "", 6, 6), [trial({"retriever": "a"}), failed])
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["trial"] for row in rows] == ["base", "1", "2"]
    assert [row["state"] for row in rows] == ["", "done", "failed"]
    assert [row["tune recall@5"] for row in rows] == ["0.5", "0.75", ""]
    assert [row["best so far"] for row in rows] == ["", "0.75", "0.75"]
    assert [row["retriever"] for row in rows] == ["", "a", '{"kind": "dense"}']
    # Not a formula for a spreadsheet; an empty cell stays empty.
    assert [row["reason"] for row in rows] == ["", "", "'=impossible"]
