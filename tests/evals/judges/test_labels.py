from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.judges.answer_accuracy import AnswerAccuracySettings
from evals.judges.faithfulness import FaithfulnessSettings
from evals.judges.judge import Judge
from evals.judges.labels import read_labels
from evals.judges.relevance import RelevanceSettings
from pipelines.errors import ConfigError

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def test_wrong_labels_are_named_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    good = {"id": "a", "question": "？a", "reference": "b", "answer": "c", "rating": 2}
    bad = [{**good, "rating": 3}, {**good, "answer": " "}, [1]]
    path.write_text("".join(json.dumps(one) + "\n" for one in [good, *bad]))
    with pytest.raises(ConfigError) as caught:
        read_labels(path, AnswerAccuracySettings())
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        "line 2: rating: must be 0, 2 or 4", "line 3: answer: must be text",
        "line 4: must be an object",
    ]  # fmt: skip
    path.write_text("")
    with pytest.raises(ConfigError, match="nothing graded"):
        read_labels(path, AnswerAccuracySettings())


def test_a_label_holds_what_its_judge_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    record = {"id": "a", "cited": "夜", "sentence": "夜です", "rating": 1, "reason": "同じ"}
    path.write_text(json.dumps(record) + "\n")
    (label,) = read_labels(path, FaithfulnessSettings())
    assert (label.texts, label.rating) == ({"cited": "夜", "sentence": "夜です"}, 1)
    assert label.reason == "同じ"
    with pytest.raises(ConfigError, match="line 1: question: must be text"):
        read_labels(path, RelevanceSettings())
    path.write_text(json.dumps({**record, "rating": 2}) + "\n")
    with pytest.raises(ConfigError, match="rating: must be 0 or 1"):
        read_labels(path, FaithfulnessSettings())


@pytest.mark.parametrize(
    ("file", "judge"),
    [
        ("judge_labels.jsonl", AnswerAccuracySettings()),
        ("faithfulness_labels.jsonl", FaithfulnessSettings()),
        ("relevance_labels.jsonl", RelevanceSettings()),
    ],
)
def test_the_shipped_labels_are_enough_and_of_every_grade(file: str, judge: Judge) -> None:
    labels = read_labels(SAMPLES / file, judge)
    assert len(labels) >= 60
    assert {label.rating for label in labels} == set(judge.grades)
    assert all(label.reason and label.grader and label.author for label in labels)
    assert len({label.id for label in labels}) == len(labels)
    assert len({tuple(label.texts.values()) for label in labels}) == len(labels)
