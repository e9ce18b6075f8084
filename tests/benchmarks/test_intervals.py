from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.intervals import auroc, bootstrap_interval, mean


def test_auroc_by_hand() -> None:
    assert auroc([0.9, 0.8], [0.1]) == 1.0
    assert auroc([0.1], [0.9, 0.8]) == 0.0
    # Of four pairs: .9 > .5, .9 > .3, .5 = .5, .5 > .3.
    assert auroc([0.9, 0.5], [0.5, 0.3]) == 3.5 / 4


def test_a_mean_of_equal_values_is_certain() -> None:
    assert bootstrap_interval([[0.5] * 4], mean, seed=1) == (0.5, 0.5)


def test_the_interval_of_a_mean_is_about_that_of_its_normal_approximation() -> None:
    # 100 fair coins: a standard error of .05, so .5 ± 1.96 * .05.
    low, high = bootstrap_interval([[0.0, 1.0] * 50], mean, seed=1)
    assert low == pytest.approx(0.402, abs=0.025)
    assert high == pytest.approx(0.598, abs=0.025)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers())
def test_it_repeats_and_stays_inside_the_data(values: list[float], seed: int) -> None:
    low, high = bootstrap_interval([values], mean, seed, resamples=20)
    assert (low, high) == bootstrap_interval([values], mean, seed, resamples=20)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
