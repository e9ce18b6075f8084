"""Measures of an answer's text by hand arithmetic."""

from __future__ import annotations

from math import exp

import pytest

from evals.metrics.answer_letters import answer_letters
from evals.metrics.bleu import bleu
from evals.metrics.character_f1 import character_f1
from evals.metrics.chrf import chrf
from evals.metrics.exact_match import exact_match
from evals.metrics.rouge_l import rouge_l
from evals.metrics.words import words


def test_spelling_that_is_not_part_of_an_answer_is_left_out() -> None:
    assert answer_letters("「ＧＲＰＯ」です。\n") == "grpoです"
    assert answer_letters("C++ は 30% 未満") == "c++は30未満"


def test_exact_match_is_with_any_reference() -> None:
    assert exact_match("２０２４年。", ["2023年", "2024 年"]) == 1.0
    assert exact_match("2024年です", ["2024年"]) == 0.0


def test_character_f1_counts_each_character_as_often_as_it_stands() -> None:
    # 東京都 and 京都府: 京 and 都 in common, of 3 and 3.
    assert character_f1("東京都", ["京都府"]) == pytest.approx(2 * 2 / 6)
    # はは and は: one in common, of 2 and 1.
    assert character_f1("はは", ["は"]) == pytest.approx(2 / 3)
    assert character_f1("東京", ["京都", "東京。"]) == 1.0
    assert (character_f1("。", ["東"]), character_f1("。", ["!"])) == (0.0, 1.0)


def test_words_are_whole_names_and_every_character_is_kept() -> None:
    assert words("東京都 の\n会議です。") == ["東京都", "の", "会議", "です", "。"]
    assert "".join(words("あ" * 30_000)) == "あ" * 30_000


def test_rouge_l_is_the_longest_common_subsequence() -> None:
    # a c d of a b c d and a c e d: 3 in common, of 4 and 4.
    assert rouge_l(list("abcd"), list("aced")) == pytest.approx(3 / 4)
    assert rouge_l(list("ab"), list("ba")) == pytest.approx(1 / 2)
    assert (rouge_l([], ["a"]), rouge_l(["a"], ["b"])) == (0.0, 0.0)


def test_bleu_of_the_same_words_is_one() -> None:
    assert bleu(list("abcde"), [list("abcde")]) == pytest.approx(1.0)
    assert bleu(["a"], [["a"]]) == pytest.approx(1.0)


def test_bleu_is_clipped_and_short_answers_pay() -> None:
    # a a: one of two a counts, the bigram "a a" is not there and becomes 1 / (2 * 1).
    assert bleu(["a", "a"], [["a", "b"]]) == pytest.approx((1 / 2 * 1 / 2) ** 0.5)
    # Two right words of four: every n-gram is right, the penalty exp(1 - 4 / 2).
    assert bleu(["a", "b"], [list("abcd")]) == pytest.approx(exp(-1))
    # Of references equally near in length the shorter one counts: no penalty.
    assert bleu(list("abc"), [list("abcd"), list("ab")]) == pytest.approx(1.0)
    assert (bleu([], [["a"]]), bleu(["b"], [["a"]])) == (0.0, 0.0)


def test_chrf_averages_over_the_orders_that_both_have() -> None:
    assert chrf("東京 都", ["東京都"]) == pytest.approx(1.0)
    # 1-grams: 東京 in common, of 2 and 3; 2-grams: 東京, of 1 and 2. P = 1, R = (2/3 + 1/2) / 2.
    recall = (2 / 3 + 1 / 2) / 2
    assert chrf("東京", ["東京都"]) == pytest.approx(5 * recall / (4 + recall))
    assert (chrf("", ["東"]), chrf("京", ["東"])) == (0.0, 0.0)


@pytest.mark.parametrize("measure", [exact_match, character_f1, chrf, bleu])
def test_without_a_reference_there_is_no_score(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(ValueError, match="at least one reference"):
        measure("東京", [])
