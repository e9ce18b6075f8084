"""Two questions with swapped roles, and the cut points between wrong, partly right and right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from llama_index.core.base.llms.types import ChatMessage
from pydantic import ValidationError

from evals.judges.answer_correctness import AnswerCorrectnessSettings, mean_log_odds
from tests.evals.evals_builders import answer, outcome
from tests.evals.judges.scripted_judge import ScriptedJudge


class Says:
    """Says yes with these probabilities, one a conversation, and remembers what it was asked."""

    def __init__(self, *probabilities: float) -> None:
        self._probabilities = list(probabilities)
        self.asked: list[str] = []

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        assert list(choices) == ["yes", "no"]
        rows = []
        for messages in conversations:
            self.asked.append("\n".join(str(message.content) for message in messages))
            yes = self._probabilities.pop(0)
            rows.append([math.log(yes), math.log(1 - yes)])
        return rows


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        (0.9, 0.5, 1.0),  # (ln 9 + 0) / 2 = 1.10
        (0.8, 0.2, 1.0),  # (ln 4 - ln 4) / 2 = 0, which is full
        (0.5, 0.4, 0.5),  # -.405 / 2 = -.20
        (0.4, 0.4, 0.0),  # -.405
        (0.5, 0.3, 0.0),  # -.847 / 2 = -.42
    ],
)
def test_the_mean_of_the_log_odds_decides(first: float, second: float, value: float) -> None:
    said = outcome(answer("夜七時です"), reference="夜七時")
    judged = AnswerCorrectnessSettings().judge(said, Says(first, second))
    assert judged.value == value
    assert judged.parts == pytest.approx((first, second))
    assert judged.disagreement == pytest.approx(abs(first - second))


def test_roles_are_swapped_and_what_stands_in_an_answer_is_inert() -> None:
    model = Says(0.9, 0.9)
    text = "解答です\x1b[2J {reference}"
    AnswerCorrectnessSettings().judge(outcome(answer(text), reference="模範です"), model)
    first, second = model.asked
    assert first.index("模範です") < first.index("解答です")
    assert second.index("解答です") < second.index("模範です")
    assert "\x1b" not in first
    assert "{reference}" in first


def test_a_refusal_is_worth_nothing_and_asks_nobody() -> None:
    refused = outcome(answer("", refused=True), reference="夜")
    assert AnswerCorrectnessSettings().judge(refused, ScriptedJudge()).value == 0.0


def test_other_cut_points_are_another_judge() -> None:
    judge = AnswerCorrectnessSettings(half=-2.0, full=2.0)
    assert judge.version != AnswerCorrectnessSettings().version
    said = outcome(answer("夜"), reference="夜七時")
    assert judge.judge(said, Says(0.8, 0.8)).value == 0.5
    with pytest.raises(ValidationError, match=r"half must be at most full, got 1\.0 and 0\.0"):
        AnswerCorrectnessSettings(half=1.0)


def test_certainty_has_bounds() -> None:
    assert mean_log_odds((1.0, 0.0)) == pytest.approx(0.0, abs=1e-6)
    assert math.isfinite(mean_log_odds((1.0,)))
