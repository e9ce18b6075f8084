"""How likely a difference on the same questions is if there is none."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import product
from math import comb

import numpy as np

# All sign patterns are tried up to this many differences; beyond, so many are drawn.
EXACT_UP_TO = 14
DRAWS = 10_000


def mcnemar(wins: int, losses: int) -> float:
    """Two-sided exact p that right and wrong answers differ by chance alone.

    Args:
        wins: Questions that the first arm alone has right.
        losses: Questions that the second arm alone has right.

    Returns:
        min(1, 2 * P(X <= min(wins, losses))), X binomial(wins + losses, 1/2); 1 without either.

    Source: McNemar 1947, in the exact form of Edwards 1948.
    """
    flips = wins + losses
    tail: int = sum(comb(flips, count) for count in range(min(wins, losses) + 1))
    return min(1.0, tail / 2.0 ** (flips - 1))


def sign_flip(
    differences: Sequence[float], groups: Sequence[Hashable] | None = None, *, seed: int
) -> float:
    """Two-sided p that paired differences are symmetric about 0: the permutation test.

    The sign of each difference, of a whole group's where there are groups, is flipped; p is the
    share of patterns whose sum is at least as far from 0 as the real one. Up to 14 groups that are
    not 0, all patterns are tried. Beyond, 10,000 are drawn and the real one counts as one of them,
    so that p is never 0 (Phipson & Smyth 2010).

    Raises:
        ValueError: Another number of groups than of differences.

    Source: Fisher 1935; Smucker, Allan & Carterette 2007 on retrieval measures.
    """
    by_group: dict[Hashable, float] = {}
    for group, difference in zip(
        groups if groups is not None else range(len(differences)), differences, strict=True
    ):
        by_group[group] = by_group.get(group, 0.0) + difference
    sums = np.array([total for total in by_group.values() if abs(total) > 1e-12])
    if not len(sums):
        return 1.0
    observed = abs(sums.sum()) - 1e-12  # a sum in another order must not be smaller
    if len(sums) <= EXACT_UP_TO:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(sums))))
        return float((np.abs(signs @ sums) >= observed).mean())
    chance = np.random.default_rng(seed)
    signs = chance.choice((-1.0, 1.0), size=(DRAWS, len(sums)))
    return float((1 + (np.abs(signs @ sums) >= observed).sum()) / (1 + DRAWS))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values for a family of comparisons, each to be read by itself, in the order given.

    The i-th smallest of m is multiplied by m - i + 1, and none is below a smaller one's.

    Source: Holm 1979.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for before, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - before) * p_values[place]))
        adjusted[place] = highest
    return adjusted
