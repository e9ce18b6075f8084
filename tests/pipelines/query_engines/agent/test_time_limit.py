from __future__ import annotations

from typing import Any

import pytest

from pipelines.answer import Answer
from pipelines.notes import noted
from tests.pipelines.query_engines.agent.test_agent import QUESTION, Says, agent, four


def test_a_time_limit_ends_the_step_and_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("pipelines.query_engines.agent.running.monotonic", lambda: clock[0])
    engines = four()
    chooser, _ = agent(**engines, time_limit_seconds=10.0)
    engines["documents"].during = lambda: clock.__setitem__(0, 11.0)
    with noted() as notes:
        answer = chooser.ask(QUESTION)
    assert answer.refused
    assert answer.text == "制限時間（10 秒）のうちに答えを見つけられませんでした。"
    assert answer.steps == ["documents (0.60): stopped: stopped"]
    assert answer.trace[0].seconds == 11.0
    assert notes == ["the agent's time limit of 10 seconds ended its work"]
    assert engines["web"].asked == []


def test_a_text_that_the_time_limit_cut_is_no_answer_like_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine that is stopped while it writes returns what it has."""

    class Writing(Says):
        def ask(self, question: str, *rest: Any) -> Answer:
            stopped = rest[3]
            clock[0] = 11.0
            assert stopped()
            return Answer(question, "documents ans", False)

    clock = [0.0]
    monkeypatch.setattr("pipelines.query_engines.agent.running.monotonic", lambda: clock[0])
    chooser, _ = agent(**{**four(), "documents": Writing()}, time_limit_seconds=10.0)
    with noted() as notes:
        answer = chooser.ask(QUESTION)
    assert answer.text == "documents ans"
    assert answer.trace[0].outcome == "stopped"
    assert notes == ["the agent's time limit of 10 seconds ended its work"]
