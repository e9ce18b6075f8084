"""Intervals by resampling questions, whole groups of them where they depend on each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A range that holds the true mean with the given confidence, both ends included."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether a value lies outside."""
        return not self.low <= value <= self.high


def mean_interval(
    values: Sequence[float],
    groups: Sequence[Hashable] | None = None,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """The 95 % percentile bootstrap interval of a mean.

    Args:
        values: One a question; for a paired comparison the differences. At least one.
        groups: Of the same questions in the same order, such as the document that each is about.
            Questions of a group are drawn together, since they tend to be answered alike; an
            interval that draws them singly would be too narrow. None draws single questions.
        seed: The same seed and values give the same interval.
        resamples: At least 100.

    Raises:
        ValueError: No value, or another number of groups than of values.

    Source: Efron 1979; for groups the cluster bootstrap of Field & Welsh 2007.
    """
    if not values or (groups is not None and len(groups) != len(values)):
        raise ValueError("mean_interval: needs values, and as many groups as values")
    sums, sizes = _totals(values, groups if groups is not None else range(len(values)))
    chance = np.random.default_rng(seed)
    drawn = chance.integers(0, len(sums), size=(resamples, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _totals(
    values: Sequence[float], groups: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum and the number of values of each group, groups in the order of their first value."""
    sums: dict[Hashable, float] = {}
    sizes: dict[Hashable, int] = {}
    for value, group in zip(values, groups, strict=True):
        sums[group] = sums.get(group, 0.0) + value
        sizes[group] = sizes.get(group, 0) + 1
    return np.array(list(sums.values())), np.array(list(sizes.values()), dtype=np.float64)
