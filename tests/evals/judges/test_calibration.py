from __future__ import annotations

from typing import Any

import pytest

from evals.judges.answer_accuracy import AnswerAccuracySettings
from evals.judges.answer_correctness import AnswerCorrectnessSettings
from evals.judges.calibration import calibrate, grade
from evals.judges.faithfulness import FaithfulnessSettings
from evals.judges.judge import Judgement
from evals.judges.labels import Label
from tests.evals.judges.scripted_judge import ScriptedJudge


def label(number: int, rating: int, answer: str = "夜", author: str = "hand") -> Label:
    texts = {"question": "いつ？", "reference": "夜七時", "answer": answer}
    return Label(f"l{number}", texts, rating, author=author)


def claim(number: int, supported: int, sentence: str = "夜です。") -> Label:
    return Label(f"c{number}", {"cited": "夜七時から。", "sentence": sentence}, supported)


def test_agreement_confusion_and_bias() -> None:
    labels = [label(1, 4), label(2, 4), label(3, 0), label(4, 0)]
    # The judge gives 4, 4, 0 and, where 0 is right, 4 by one judge and 0 by the other.
    model = ScriptedJudge("4", "4", "4", "4", "0", "0", "4", "0")
    found = calibrate(labels, AnswerAccuracySettings(), model, "m", seed=0)
    # Grades 4 4 0 2 against 4 4 0 0: 3 of 4 agree; by chance (2*2 + 2*1 + 0*1) / 16 = 6 / 16.
    assert found.kappa == pytest.approx((3 / 4 - 6 / 16) / (1 - 6 / 16))
    assert (found.confusion[4, 4], found.confusion[0, 0], found.confusion[0, 2]) == (2, 1, 1)
    assert found.bias == pytest.approx(0.5 / 4)
    assert found.disagreement == pytest.approx(1 / 4)
    assert (found.scored, found.total, found.failed) == (4, 4, ())


def test_a_judge_that_prefers_long_answers_and_its_own_is_found_out() -> None:
    labels = [
        label(1, 2, "短い"), label(2, 2, "とても長い解答です", author="m"), label(3, 2, "中くらい"),
    ]  # fmt: skip
    model = ScriptedJudge("0", "0", "4", "4", "2", "2")
    found = calibrate(labels, AnswerAccuracySettings(), model, "m", seed=0)
    assert found.length_bias == pytest.approx(1.0)
    assert found.self_preference == pytest.approx(0.5 - (-0.25))


def test_a_judge_that_fails_is_counted_and_not_guessed() -> None:
    model = ScriptedJudge("banana", "4", "4")
    found = calibrate([label(1, 4), label(2, 4)], AnswerAccuracySettings(), model, "m", seed=0)
    assert (found.scored, found.total, found.failed) == (1, 2, ("l1: banana",))
    assert found.self_preference is None


@pytest.mark.parametrize(("value", "expected"), [(1, 4), (0.75, 2), (0.5, 2), (0.25, 0), (0, 0)])
def test_a_mean_between_two_grades_is_the_lower_one(value: float, expected: int) -> None:
    assert grade(value, (0, 2, 4)) == expected


class Silent(AnswerAccuracySettings):
    """Has nothing to say of an answer."""

    def graded(self, question: str, reference: str, answer: str, model: Any) -> Judgement:  # noqa: ARG002
        return Judgement(None, "no idea")


def test_an_answer_without_a_judgement_is_no_wrong_one() -> None:
    found = calibrate([label(1, 0)], Silent(), ScriptedJudge(), "m", seed=0)
    assert (found.scored, found.total, found.kappa) == (0, 1, None)
    assert found.failed == ("l1: no idea",)


def test_cut_points_are_fitted_and_held_out_for_the_judge_that_has_them() -> None:
    labels = [label(n, 4 if n % 4 < 2 else 0) for n in range(8)]
    # Yes with .9 or .1: log-odds of ln 9 for the right ones, -ln 9 for the wrong ones.
    said = [choice for one in labels for choice in ["yes" if one.rating else "no"] * 2]
    found = calibrate(labels, AnswerCorrectnessSettings(), ScriptedJudge(*said), "m", seed=0)
    assert found.cut_points == (pytest.approx(0.0), pytest.approx(0.0))
    assert (found.kappa, found.held_out_kappa, found.disagreement) == (1.0, 1.0, 0.0)
    ratings = ScriptedJudge(*["4"] * 16)
    assert calibrate(labels, AnswerAccuracySettings(), ratings, "m", seed=0).cut_points is None


def test_a_judge_of_yes_and_no_is_held_against_yes_and_no() -> None:
    labels = [claim(1, 1), claim(2, 1, "とても長い一つの文です。"), claim(3, 0), claim(4, 0)]
    model = ScriptedJudge("yes", "yes", "yes", "no")
    found = calibrate(labels, FaithfulnessSettings(), model, "m", seed=0)
    # 3 of 4 agree; by chance (2*3 + 2*1) / 16 = 1 / 2.
    assert found.kappa == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))
    assert found.confusion == {(0, 0): 1, (0, 1): 1, (1, 0): 0, (1, 1): 2}
    assert found.bias == pytest.approx(1 / 4)
    assert found.disagreement is None
    assert found.cut_points is not None
    (yes_from,) = found.cut_points
    assert yes_from == pytest.approx(0.0)  # midway between ln 9 and -ln 9
    assert "夜七時から。" in model.asked[0]
    assert "とても長い一つの文です。" in model.asked[1]
