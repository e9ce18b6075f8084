from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test

from evals.statistics.paired_tests import holm, mcnemar, sign_flip


def test_mcnemar_by_hand() -> None:
    # Five wins, one loss: 2 * (1 + 6) / 2^6.
    assert mcnemar(5, 1) == pytest.approx(14 / 64)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 3) == 1.0


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_binomial_test(wins: int, losses: int) -> None:
    expected = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar(wins, losses) == pytest.approx(expected)


def test_sign_flip_by_hand() -> None:
    # Sums of +-1 +-2 +-3 at least 4 from 0 are 6, 4, -4, -6 (once each) of eight.
    assert sign_flip([-1.0, 2.0, 3.0], seed=0) == pytest.approx(4 / 8)
    assert sign_flip([0.0, 0.0], seed=0) == 1.0
    assert sign_flip([], seed=0) == 1.0


def test_sign_flip_is_the_exact_permutation_test() -> None:
    chance = random.Random(1)
    for _ in range(20):
        values = [chance.choice((-1.0, -0.5, 0.25, 1.0)) for _ in range(9)]
        theirs = permutation_test(
            (np.array(values), np.zeros(9)),
            lambda a, b: float(np.mean(a - b)),
            permutation_type="samples",
            vectorized=False,
            n_resamples=np.inf,
        ).pvalue
        assert sign_flip(values, seed=0) == pytest.approx(theirs)


def test_drawn_signs_come_near_the_exact_p_and_are_never_nought() -> None:
    # Twenty equal wins: exact p is 2 / 2^20; a drawn one can't be below 1 / 10,001.
    assert sign_flip([1.0] * 20, seed=0) == pytest.approx(1 / 10_001)
    # 16 differences of one size, 11 of them wins: binomial, .2101.
    values = [1.0] * 11 + [-1.0] * 5
    assert sign_flip(values, seed=0) == pytest.approx(binomtest(11, 16).pvalue, abs=0.015)


def test_a_group_flips_as_one() -> None:
    # Two documents: signs of (3, 1) give sums 4, 2, -2, -4.
    assert sign_flip([1.0, 2.0, 1.0], ["a", "a", "b"], seed=0) == pytest.approx(2 / 4)


def test_holm_by_hand() -> None:
    # .01 * 3, then .03 * 2, then .04 * 1, raised to the one before.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
