from __future__ import annotations

import math

import pytest

from pipelines.llms.served.next_words import choice_scores


def likely(**tokens: float) -> list[tuple[str, float]]:
    return [(token, math.log(p)) for token, p in tokens.items()]


def test_a_choice_is_the_sum_of_the_tokens_that_are_it_or_begin_it() -> None:
    scores = choice_scores(likely(は=0.3, はい=0.2, いい=0.1, The=0.2), ["はい", "いいえ"])
    assert [math.exp(score) for score in scores] == pytest.approx([0.5, 0.1])
    # "い" begins both of these: it tells of none.
    scores = choice_scores(likely(い=0.5, いま=0.2, いつ=0.1), ["いま", "いつ"])
    assert [math.exp(score) for score in scores] == pytest.approx([0.2, 0.1])


def test_a_choice_that_is_not_told_has_the_least_that_is() -> None:
    scores = choice_scores(likely(A=0.6, X=0.3, Y=0.02), ["A", "B"])
    assert [math.exp(score) for score in scores] == pytest.approx([0.6, 0.02])
    # A longer token is another word: 2024 is no 2.
    with pytest.raises(ValueError, match="none of the choices"):
        choice_scores([("2024", -0.1), ("", -3.0)], ["2", "4"])
