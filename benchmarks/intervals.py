"""How far a number from few questions can be trusted."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
RESAMPLES = 2000


def bootstrap_interval(
    groups: Sequence[Sequence[T]],
    statistic: Callable[[Sequence[Sequence[T]]], float],
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """The 95 % percentile interval of a statistic under resampling with replacement.

    Args:
        groups: Each is resampled by itself, to its own size; none may be empty.
        statistic: Of groups of the same sizes.
        seed: Of the resampling: the same seed gives the same interval.
        resamples: How many times.

    Source: Efron 1979.
    """
    chance = random.Random(seed)
    values = sorted(
        statistic([chance.choices(group, k=len(group)) for group in groups])
        for _ in range(resamples)
    )
    return values[math.floor(0.025 * (resamples - 1))], values[math.ceil(0.975 * (resamples - 1))]


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, a tie counting half, in 0..1.

    Source: the Mann–Whitney U statistic over the number of pairs (Hanley & McNeil 1982).
    """
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def verdict(gains: Sequence[float], seed: int) -> str:
    """The mean of paired differences with its 95 % interval: helps, hurts or undecided."""
    low, high = bootstrap_interval([gains], mean, seed)
    said = "helps" if low > 0 else "hurts" if high < 0 else "undecided"
    return f"{mean([gains]):+.3f} [{low:+.3f}, {high:+.3f}] {said}"


def mean(groups: Sequence[Sequence[float]]) -> float:
    """The mean of the first group, as a statistic to resample."""
    return sum(groups[0]) / len(groups[0])
