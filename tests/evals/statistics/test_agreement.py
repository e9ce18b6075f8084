from __future__ import annotations

import random

import pytest
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from evals.statistics.agreement import kappa, resampled, spearman


def test_kappa_by_hand() -> None:
    # 3 of 4 agree; chance: 4 by both 1/2 * 3/4, 0 by both 1/2 * 1/4: one half.
    assert kappa([4, 4, 0, 0], [4, 4, 4, 0]) == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))
    assert kappa([4, 4], [4, 4]) is None
    assert kappa([4, 0], [0, 4]) == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="kappa"):
        kappa([], [])


@pytest.mark.parametrize("seed", range(20))
def test_kappa_is_another_librarys(seed: int) -> None:
    chance = random.Random(seed)
    first = [chance.choice((0, 2, 4)) for _ in range(40)]
    second = [chance.choice((a, a, 0, 2, 4)) for a in first]
    assert kappa(first, second) == pytest.approx(cohen_kappa_score(first, second))
    linear = cohen_kappa_score(first, second, weights="linear")
    assert kappa(first, second, weighted=True) == pytest.approx(linear)


@pytest.mark.parametrize("seed", range(10))
def test_rank_correlation_is_another_librarys(seed: int) -> None:
    chance = random.Random(seed)
    first = [float(chance.randint(0, 5)) for _ in range(25)]
    second = [value + chance.choice((0.0, 1.0, 2.0)) for value in first]
    assert spearman(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert spearman(first, [1.0] * 25) is None


def test_an_interval_leaves_out_draws_without_a_value() -> None:
    found = resampled(4, lambda places: None if len(set(places)) == 1 else 0.5, seed=0)
    assert found is not None
    assert (found.low, found.high) == (0.5, 0.5)
    assert resampled(3, lambda _: None, seed=0) is None
