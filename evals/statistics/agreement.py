"""How far two graders agree beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from evals.statistics.bootstrap import CONFIDENCE, Interval


def kappa(first: Sequence[int], second: Sequence[int], *, weighted: bool = False) -> float | None:
    """Cohen's kappa of two graders' grades of the same items; None if chance alone explains all.

    1 is perfect agreement, 0 what chance gives, below 0 worse. `weighted` counts a disagreement by
    its distance (linear weights), so that 2 for 4 is half as bad as 0 for 4.

    Raises:
        ValueError: No items, or another number of grades.

    Source: Cohen 1960; with weights Cohen 1968.
    """
    if not first or len(first) != len(second):
        raise ValueError("kappa: needs as many grades of the one as of the other, at least one")
    observed = sum(_cost(a, b, weighted) for a, b in zip(first, second, strict=True)) / len(first)
    ours, theirs = Counter(first), Counter(second)
    expected = (
        sum(_cost(a, b, weighted) * ours[a] * theirs[b] for a in ours for b in theirs)
        / len(first) ** 2
    )
    return None if expected == 0 else 1 - observed / expected


def _cost(first: int, second: int, weighted: bool) -> float:
    return float(abs(first - second)) if weighted else float(first != second)


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Rank correlation in [-1, 1], ties at their mean rank; None if either is constant.

    Source: Spearman 1904.
    """
    ours, theirs = _ranks(first), _ranks(second)
    if len(set(ours)) < 2 or len(set(theirs)) < 2:
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(order)))}
    counts = Counter(order)
    return [first[value] + (counts[value] - 1) / 2 for value in values]


def resampled(
    count: int, statistic: Callable[[Sequence[int]], float | None], *, seed: int, times: int = 2000
) -> Interval | None:
    """The bootstrap interval of a statistic of items, which it gets as places from 0.

    Draws that have no value, such as a kappa of one grade alone, are left out; None if all have
    none.

    Source: Efron 1979.
    """
    chance = np.random.default_rng(seed)
    draws = (statistic(chance.integers(0, count, size=count).tolist()) for _ in range(times))
    values = [value for value in draws if value is not None]
    if not values:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high))
