"""What is refused before a search begins, by file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.stage_cache import StageCache
from evals.tuning.checking import CheckedTuning, check_tuning
from pipelines.errors import ConfigError
from tests.evals.tuning.tuning_builders import write_search


def check(folder: Path, **changes: Any) -> CheckedTuning:
    path = write_search(folder, **changes)
    with StageCache(folder / "cache.sqlite") as cache:
        return check_tuning(path, (), folder / "home", cache)


def test_a_search_that_is_right_has_both_parts(tmp_path: Path) -> None:
    checked = check(tmp_path)
    parts = [{s.id for s in part[0].dataset.samples} for part in (checked.tune, checked.test)]
    assert [len(part) for part in parts] == [6, 6]
    assert not parts[0] & parts[1]
    assert not (tmp_path / "home" / "collections").exists()


@pytest.mark.parametrize(
    ("space", "named"),
    [
        ({"retriever.topk": {"int": [1, 2]}}, r"river\.yaml: space: retriever\.topk.*'top_k'"),
        ({"retreiver.top_k": {"int": [1, 2]}}, r"space: retreiver.*Did you mean 'retriever'"),
        ({"retriever.top_k": {"int": [0, 2]}}, r"space: retriever\.top_k=0: must be .* >= 1"),
        (
            {"postprocessors": {"choice": [[], [{"kind": "cutof"}]]}},
            r"space: postprocessors.*unknown kind 'cutof'\. Did you mean 'cutoff'",
        ),
        ({"retriever.children.0.top_k": {"int": [1, 2]}}, r"space: retriever\.children"),
        ({"collection": {"choice": ["a", "b"]}}, "space: collection: can't be searched"),
        ({"reader.max_bytes": {"int": [1, 2]}}, r"reader\.max_bytes: can't be searched"),
        (
            {"query_engine.context_tokens": {"int": [100, 200]}},
            r"query_engine\.context_tokens: changes nothing that is only retrieved",
        ),
    ],
)
def test_a_key_that_is_none_is_named(tmp_path: Path, space: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        check(tmp_path, space=space)


def test_every_wrong_key_is_named_at_once(tmp_path: Path) -> None:
    space = {"retriever.topk": {"int": [1, 2]}, "llmm.model": {"choice": ["a", "b"]}}
    with pytest.raises(ConfigError, match=r"(?s)topk.*\n.*llmm"):
        check(tmp_path, space=space)


def test_a_value_may_need_another_keys(tmp_path: Path) -> None:
    """Windows need nodes that have some, and a child of a fusion needs a fusion."""
    fusion = {"kind": "fusion", "children": [{"kind": "bm25"}, {"kind": "dense"}]}
    space = {
        "node_parser": {"choice": [{"kind": "sentence"}, {"kind": "sentence_window"}]},
        "postprocessors": {"choice": [[], [{"kind": "sentence_window"}]]},
        "retriever.children.1.top_k": {"int": [5, 9]},
        "retriever": {"choice": [{"kind": "bm25"}, fusion]},
    }
    assert len(check(tmp_path, space=space).tuning.space) == 4


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"base": "none.yaml"}, "none.yaml: no such file"),
        (
            {"metric": {"kind": "option_accuracy"}, "answers": True},
            "metric: option_accuracy: none of the 6 tune questions of 'q' can have a score",
        ),
        ({"datasets": [{"kind": "questions", "path": "n.jsonl"}]}, "n.jsonl: cannot be read"),
        ({"datasets": [{"kind": "questions", "path": "q.jsonl"}]}, "names no documents"),
    ],
)
def test_what_can_not_be_measured_is_named(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        check(tmp_path, **changes)


@pytest.mark.parametrize(
    "metric",
    [
        {"kind": "citation_precision"}, {"kind": "citation_recall"}, {"kind": "refusal_precision"},
        {"kind": "map", "of": "retrieved"},
    ],
)  # fmt: skip
def test_a_measure_that_can_score_is_let_through(tmp_path: Path, metric: dict[str, Any]) -> None:
    checked = check(tmp_path, metric=metric, answers=True)
    assert checked.tuning.metric.kind == metric["kind"]


def test_a_part_without_questions_is_named(tmp_path: Path) -> None:
    write_search(tmp_path)
    lines = (tmp_path / "q.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "odd.jsonl").write_text(lines[0] + lines[2], encoding="utf-8")
    dataset = {
        "kind": "questions", "path": "odd.jsonl", "documents": ["docs"],
        "split": {"by": "odd_even"},
    }  # fmt: skip
    with pytest.raises(ConfigError, match="'odd': no question is in its test part"):
        check(tmp_path, datasets=[dataset])
