"""The agent's sample: its questions can be scored, and its recording is of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipelines.query_engines.agent.arithmetic import calculate, shown
from pipelines.web.duckduckgo import plain_query
from pipelines.web.found import Found

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / name).read_text("utf-8").splitlines()]


QUESTIONS = lines("agent_questions.jsonl")
RECORDING = lines("agent_web.jsonl")


def test_they_are_many_of_each_source_and_half_of_each_is_held_out() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS) == 56
    assert [question["id"] for question in QUESTIONS] == [f"agent-{n:03d}" for n in range(1, 57)]
    sources = Counter(question["source"] for question in QUESTIONS)
    assert sources == {"closed_book": 14, "documents": 14, "web": 14, "calculator": 14}
    odd = Counter(q["source"] for q in QUESTIONS if int(q["id"][-3:]) % 2)
    assert set(odd.values()) == {7}
    assert Counter(question["lang"] for question in QUESTIONS) == {"ja": 45, "en": 11}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_every_question_can_be_scored(question: dict[str, Any]) -> None:
    assert question["answer"]
    assert question["answer_aliases"]
    for alias in question["answer_aliases"]:
        assert alias.lower() not in question["question"].lower()
    for evidence in question.get("evidence", ()):
        text = (SAMPLES / "lecture" / evidence["source"]).read_text(encoding="utf-8")
        assert text.count(evidence["quote"]) == 1
    assert bool(question.get("evidence")) == (question["source"] == "documents")
    if question["source"] == "calculator":
        assert shown(calculate(question["expression"])) == (question["answer"], True)


def test_the_recording_is_of_the_questions_for_the_web_and_answers_them() -> None:
    asked = {entry["asked"]["query"]: Found.from_json(entry["value"]) for entry in RECORDING}
    needed = [question for question in QUESTIONS if question["source"] == "web"]
    assert set(asked) == {plain_query(question["question"]) for question in needed}
    for question in needed:
        told = asked[question["question"]].results
        assert all(result.url.startswith("https://") for result in told)
        assert all(".example/" in result.url for result in told), "made up: names of nobody"
        assert told[0].snippet
