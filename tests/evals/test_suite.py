from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.suite import load_suite
from pipelines.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "configs" / "suites"
# Searches stand beside the suites: tests/evals/tuning/test_tuning_settings.py.
SUITES = sorted(set(FOLDER.glob("*.yaml")) - set(FOLDER.glob("tune_*.yaml")))
GOOD: dict[str, Any] = {
    "name": "s",
    "datasets": [{"kind": "questions", "path": "q.jsonl"}],
    "arms": [{"name": "a"}, {"name": "b", "set": ["retriever.top_k=3"]}],
    "metrics": [{"kind": "recall", "k": 5}, {"kind": "alias_match"}],
}


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.name)
def test_every_shipped_suite_is_valid(path: Path) -> None:
    suite = load_suite(path)
    for arm in suite.arms:
        assert arm.config is None or (path.parent / arm.config).is_file()


def load(folder: Path, **changes: Any) -> Any:
    path = folder / "s.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}), encoding="utf-8")
    return load_suite(path)


def test_a_suite_is_read(tmp_path: Path) -> None:
    suite = load(tmp_path)
    assert [metric.name for metric in suite.metrics] == ["recall@5", "alias_match"]
    assert suite.arms[1].set == ("retriever.top_k=3",)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"arms": [{"name": "a"}, {"name": "a"}]}, "two arms are named 'a'"),
        ({"metrics": [{"kind": "recal"}]}, "Did you mean 'recall'"),
        ({"metrics": [{"kind": "recall"}, {"kind": "recall"}]}, "recall@10 stands there twice"),
        ({"answers": False}, "alias_match needs answers"),
        ({"gates": [{"metric": "recall@5", "arm": "c", "at_least": 0.5}]}, "no arm 'c'"),
        ({"gates": [{"metric": "ndcg@5", "arm": "a", "at_least": 0.5}]}, "no metric 'ndcg@5'"),
        ({"gates": [{"metric": "recall@5", "arm": "a"}]}, "a gate needs at_least"),
        (
            {"arms": [{"name": "a", "against": "a"}, {"name": "b"}]},
            "against: no other arm 'a': 'b'",
        ),
        ({"repeats": 0}, "repeats"),
        ({"metrics": [{"kind": "self_bleu"}]}, "self_bleu needs 2 answers to a question"),
        ({"metrics": [{"kind": "pass", "k": 5}], "repeats": 4}, "set repeats to at least 5"),
        (
            {"repeats": 2, "answers": False, "metrics": [{"kind": "recall"}]},
            "repeats: what is found is always the same",
        ),
        ({"arm": []}, "Did you mean 'arms'"),
        ({"space": {}}, "s.yaml: has a space to be searched, as no suite: run eval tune"),
        ({"name": "a b"}, "name"),
        ({"datasets": [{"kind": "question", "path": "q"}]}, "Did you mean 'questions'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(tmp_path, **changes)


def test_an_arm_may_choose_what_it_is_compared_with(tmp_path: Path) -> None:
    arms = [{"name": "a"}, {"name": "b"}, {"name": "c", "against": "a"}, {"name": "d"}]
    suite = load(tmp_path, arms=arms, compare="previous")
    assert suite.against(["a", "b", "c", "d"]) == {"b": "a", "c": "a", "d": "c"}
    assert suite.against(["b", "c"]) == {"c": "b"}
    assert load(tmp_path, arms=arms).against(["a", "b", "c", "d"]) == dict.fromkeys("bcd", "a")
