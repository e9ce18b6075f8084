"""Measures of several samples, of options and of citations, by hand arithmetic."""

from __future__ import annotations

from itertools import combinations

import pytest

from evals.metrics.citations import citation_precision, citation_recall
from evals.metrics.diversity import distinct_n, self_bleu
from evals.metrics.gold_quote import GoldQuote
from evals.metrics.option_ranking import option_accuracy, option_map
from evals.metrics.pass_at_k import pass_at_k
from evals.metrics.verifiable import Verified, verify_integer


def test_self_bleu_is_one_for_copies_and_less_for_others() -> None:
    assert self_bleu([list("abcd")] * 3) == pytest.approx(1.0)
    # Each of two has one word of two in common, no bigram: (1/2 * 1/2) ** .5.
    assert self_bleu([["a", "b"], ["b", "c"]]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="two samples"):
        self_bleu([["a"]])


def test_distinct_n_counts_over_all_samples() -> None:
    # ab bc, ab bd: four bigrams, three different.
    assert distinct_n([list("abc"), list("abd")], 2) == pytest.approx(3 / 4)
    with pytest.raises(ValueError, match="3 words"):
        distinct_n([["a", "b"]], 3)
    with pytest.raises(ValueError, match="n >= 1"):
        distinct_n([["a"]], 0)


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 1), (5, 2, 3), (6, 0, 2), (6, 6, 2), (4, 3, 2)])
def test_pass_at_k_is_the_share_of_draws_with_a_right_one(n: int, c: int, k: int) -> None:
    draws = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, draws)) / len(draws))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, 4)])
def test_pass_at_k_needs_possible_numbers(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="pass_at_k"):
        pass_at_k(n, c, k)


@pytest.mark.parametrize(
    ("answer", "right", "formatted"),
    [
        (r"よって \boxed{1,200} です。", True, True),
        ("よって１２００円です。", True, False),
        ("1200 ではなく 1300", False, False),
        (r"\boxed{1300} なので 1200", False, True),
        (r"\boxed{}、1200", False, False),
        ("1200.5", False, False),
        ("およそ 1200.", True, False),
        ("わかりません", False, False),
    ],
)
def test_the_number_and_its_format_are_told_apart(
    answer: str, right: bool, formatted: bool
) -> None:
    assert verify_integer(answer, 1200) == Verified(right=right, formatted=formatted)


def test_a_negative_number_is_read() -> None:
    assert verify_integer("答えは -7", -7).right


def test_options_are_scored_by_the_place_of_the_right_one() -> None:
    assert (option_accuracy([2, 0, 1], 2), option_accuracy([0, 2, 1], 2)) == (1.0, 0.0)
    assert option_map([0, 2, 1], 2) == pytest.approx(1 / 2)
    assert option_map([0, 1, 3, 2], 2) == 0.0
    assert (option_accuracy([], 2), option_map([], 2)) == (0.0, 0.0)


def test_citations_are_compared_by_characters() -> None:
    quotes = [GoldQuote("a", ((10, 20),)), GoldQuote("b", ((0, 10), (50, 60)))]
    cited = [("a", 0, 19), ("a", 20, 30), ("b", 52, 60)]
    # The second touches the quote's end without sharing a character.
    assert citation_precision(cited, quotes) == pytest.approx(2 / 3)
    # Nine of ten and eight of ten characters are covered.
    assert citation_recall(cited, quotes, any_suffices=False) == 1.0
    assert citation_recall(cited[:1], quotes, any_suffices=False) == 0.5
    assert citation_recall(cited[:1], quotes, any_suffices=True) == 1.0
    assert citation_recall([], quotes, any_suffices=True) == 0.0
    with pytest.raises(ValueError, match="citation_precision"):
        citation_precision([], quotes)
    with pytest.raises(ValueError, match="citation_recall"):
        citation_recall(cited, [], any_suffices=False)
