"""Measures of several answers to one question, by hand arithmetic."""

from __future__ import annotations

import pytest

from evals.metrics.answer_scores import AliasMatchSettings
from evals.metrics.decision_scores import RefusalPrecisionSettings
from evals.metrics.repeated_scores import DistinctSettings, PassSettings, SelfBleuSettings
from tests.evals.evals_builders import answer, outcome

RIGHT, WRONG = answer("答えは川です。"), answer("答えは山です。")
REFUSED = answer("川かどうかは書かれていません。", refused=True)


def test_a_measure_of_one_answer_is_the_mean_over_all() -> None:
    three = outcome([RIGHT, WRONG, RIGHT], aliases=("川",))
    assert AliasMatchSettings().score(three).value == pytest.approx(2 / 3)


def test_answers_without_a_score_are_left_out_of_the_mean() -> None:
    able = outcome([RIGHT, REFUSED, RIGHT], aliases=("川",))
    assert RefusalPrecisionSettings().score(able).value == 0.0
    none = RefusalPrecisionSettings().score(outcome([RIGHT, RIGHT]))
    assert (none.value, none.reason) == (None, "not refused")


@pytest.mark.parametrize(("k", "expected"), [(1, 1 / 3), (2, 2 / 3), (3, 1.0)])
def test_pass_counts_right_answers_and_no_refusal(k: int, expected: float) -> None:
    # One of three is right; of three draws of two, two hold it.
    three = outcome([WRONG, RIGHT, REFUSED], aliases=("川",))
    assert PassSettings(k=k).score(three).value == pytest.approx(expected)
    assert PassSettings(k=k).needs_repeats == k


def test_pass_by_the_last_integer() -> None:
    two = outcome([answer("よって 42"), answer("よって 41")], reference="42", aliases=("42",))
    assert PassSettings(k=1, by="verifiable").score(two).value == 0.5
    unknown = PassSettings(k=1, by="verifiable").score(outcome([RIGHT, WRONG], reference="川"))
    assert (unknown.value, unknown.reason) == (None, "the reference is no integer")


def test_answers_that_are_all_the_same() -> None:
    same = outcome([RIGHT] * 4)
    assert SelfBleuSettings().score(same).value == pytest.approx(1.0)
    # Four times the same words: a quarter of all bigrams are different ones.
    assert DistinctSettings(n=2).score(same).value == pytest.approx(1 / 4)


def test_answers_too_short_to_compare_say_so() -> None:
    score = DistinctSettings(n=3).score(outcome([answer("川"), answer("山")]))
    assert (score.value, score.reason) == (None, "no answer has 3 words")


@pytest.mark.parametrize("measure", [SelfBleuSettings(), DistinctSettings(), PassSettings()])
def test_a_question_that_failed_has_no_score(
    measure: SelfBleuSettings | DistinctSettings | PassSettings,
) -> None:
    score = measure.score(outcome(None, error="broke", aliases=("川",)))
    assert (score.value, score.reason) == (None, "failed: broke")
