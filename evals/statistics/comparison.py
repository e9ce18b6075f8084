"""One arm against another on the same questions: helps, hurts, or the data can't tell."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Literal

from evals.statistics.bootstrap import CONFIDENCE, Interval, mean_interval
from evals.statistics.paired_tests import holm, mcnemar, sign_flip

Verdict = Literal["helps", "hurts", "undecided"]
ALPHA = 1 - CONFIDENCE
# Standard normal quantiles of a two-sided level of 5 % and of a power of 80 %.
_LEVEL, _POWER = 1.959964, 0.841621


@dataclass(frozen=True)
class Comparison:
    """What the same questions say about an arm against a base.

    `difference` is the mean of arm less base over the `n` questions that both have a score for,
    `interval` its 95 % bootstrap interval, `p` that of the exact McNemar test where every score
    is 0 or 1 and no questions are grouped, else of the permutation test, and `p_holm` the same
    after Holm's correction over the family. `wins` and `losses` are ids of the questions that the
    arm has higher or lower. `needed` is the number of questions at which a difference of this size
    would be found four times of five; None if there is no difference to find.
    """

    n: int
    difference: float
    interval: Interval
    p: float
    p_holm: float
    wins: tuple[str, ...]
    losses: tuple[str, ...]
    needed: int | None

    @property
    def verdict(self) -> Verdict:
        """`helps` or `hurts` only where Holm's p is below .05 and the interval leaves 0 out."""
        if self.p_holm >= ALPHA or not self.interval.excludes(0.0):
            return "undecided"
        return "helps" if self.difference > 0 else "hurts"


def compare(
    arm: Mapping[str, float | None],
    base: Mapping[str, float | None],
    groups: Mapping[str, Hashable] | None = None,
    *,
    seed: int,
) -> Comparison | None:
    """Compare scores by question id; `p_holm` is `p` until `corrected` knows the family.

    Args:
        arm: A score for each question; None where it could not be scored.
        base: The same of the arm that is compared with.
        groups: The group of each question, if questions depend on each other.
        seed: Of resampling and of drawn permutations.

    Returns:
        None if no question has both scores.
    """
    differences = {
        question: ours - theirs
        for question, ours in arm.items()
        if ours is not None and (theirs := base.get(question)) is not None
    }
    if not differences:
        return None
    values = list(differences.values())
    grouped = [groups[question] for question in differences] if groups else None
    wins = tuple(question for question, value in differences.items() if value > 0)
    losses = tuple(question for question, value in differences.items() if value < 0)
    scores = {scored[question] for scored in (arm, base) for question in differences}
    alone = grouped is None or len(set(grouped)) == len(grouped)
    if alone and scores <= {0.0, 1.0}:
        p = mcnemar(len(wins), len(losses))
    else:
        p = sign_flip(values, grouped, seed=seed)
    return Comparison(
        n=len(values),
        difference=fmean(values),
        interval=mean_interval(values, grouped, seed=seed),
        p=p,
        p_holm=p,
        wins=wins,
        losses=losses,
        needed=_needed(values),
    )


def corrected(family: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons of one family, such as all arms on one metric, with Holm's p."""
    adjusted = holm([comparison.p for comparison in family])
    return [replace(one, p_holm=p) for one, p in zip(family, adjusted, strict=True)]


def _needed(differences: Sequence[float]) -> int | None:
    """Questions for a power of .8 at a two-sided level of .05: ((1.96 + .84) * sd / mean)^2.

    Where all differences are equal, those that were asked were enough. Source: the normal
    approximation for paired means, Lachin 1981.
    """
    mean = fmean(differences)
    if abs(mean) < 1e-12 or len(differences) < 2:
        return None
    return math.ceil(((_LEVEL + _POWER) * stdev(differences) / mean) ** 2) or len(differences)
