"""The shipped sample: its questions can be scored, and its lecture looks like a recogniser's."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
QUESTIONS = [
    json.loads(line)
    for line in (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
FIELDS = {
    *("id", "question", "type", "answer", "answer_aliases"),
    *("evidence", "evidence_any", "difficulty", "lang"),
}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_every_question_can_be_scored(question: dict[str, Any]) -> None:
    assert set(question) - {"answer_groups", "note"} == FIELDS
    if question["type"] == "unanswerable":
        assert question["answer"] is None
        assert question["answer_aliases"] == question["evidence"] == []
    else:
        assert question["answer"]
        assert question["answer_aliases"]
        assert question["evidence"]
    for evidence in question["evidence"]:
        text = (SAMPLES / "lecture" / evidence["source"]).read_text(encoding="utf-8")
        assert text.count(evidence["quote"]) == 1, evidence["quote"]


def test_the_questions_are_many_and_of_every_type() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS) >= 20
    types = Counter(question["type"] for question in QUESTIONS)
    for needed in ("factoid", "numeric", "definition", "metadata", "stt_noise", "unanswerable"):
        assert types[needed] >= 2, needed


def test_an_alias_never_stands_in_a_question() -> None:
    """Else an answer that repeats the question would count as right."""
    for question in QUESTIONS:
        for alias in question["answer_aliases"]:
            assert alias.lower() not in question["question"].lower(), question["id"]


def test_speaker_turns_are_in_order_within_each_recording() -> None:
    text = (SAMPLES / "lecture" / "lecture.md").read_text(encoding="utf-8")
    recordings = text.split("\n## ")[1:]
    assert len(recordings) == 2
    for recording in recordings:
        turns = re.findall(r"^🎤 SPEAKER_\d+ \[(\d+)s - (\d+)s\]$", recording, re.MULTILINE)
        times = [int(second) for turn in turns for second in turn]
        assert len(turns) > 10
        assert times == sorted(times)
