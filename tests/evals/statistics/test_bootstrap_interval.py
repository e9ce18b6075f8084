from __future__ import annotations

import random
from statistics import fmean

import numpy as np
import pytest
from scipy.stats import bootstrap

from evals.statistics.bootstrap import Interval, mean_interval


def test_the_interval_is_the_percentile_one_of_another_library() -> None:
    chance = random.Random(3)
    values = [chance.gauss(0.4, 1.0) for _ in range(60)]
    theirs = bootstrap(
        (np.array(values),), np.mean, n_resamples=20_000, method="percentile", random_state=1
    ).confidence_interval
    ours = mean_interval(values, seed=1, resamples=20_000)
    # Two sets of draws: ends differ by their own noise, far below the interval's width of .5.
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert ours.low < fmean(values) < ours.high


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    assert mean_interval(values, seed=5) == mean_interval(values, seed=5)


def test_equal_values_have_no_width() -> None:
    assert mean_interval([0.25] * 7, seed=0) == Interval(0.25, 0.25)


def test_questions_of_a_group_are_drawn_together() -> None:
    # Five documents with ten equal answers each are five observations, not fifty.
    values = [float(document % 2) for document in range(5) for _ in range(10)]
    groups = [document for document in range(5) for _ in range(10)]
    alone, grouped = mean_interval(values, seed=0), mean_interval(values, groups, seed=0)
    as_five = mean_interval([0.0, 1.0, 0.0, 1.0, 0.0], seed=0)
    assert grouped == as_five
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_nothing_to_resample_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs values"):
        mean_interval([], seed=0)
    with pytest.raises(ValueError, match="as many groups"):
        mean_interval([1.0], ["a", "b"], seed=0)
