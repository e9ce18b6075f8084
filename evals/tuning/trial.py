"""What became of one point of a space, and which point won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.tuning.space import Point


@dataclass(frozen=True)
class Measured:
    """Settings on the tune part: the mean of the aim, or None and the reason why there is none.

    `scored` of `total` questions have a score. `bounds` holds the means of the bounding measures,
    and `excess` by how much each is out of bounds, 0 or less where it is kept.
    """

    score: float | None
    reason: str = ""
    scored: int = 0
    total: int = 0
    bounds: Mapping[str, float] = field(default_factory=dict)
    excess: Mapping[str, float] = field(default_factory=dict)

    @property
    def eligible(self) -> bool:
        """Whether it has a score and keeps every bound."""
        return self.score is not None and all(over <= 0 for over in self.excess.values())

    def as_json(self) -> dict[str, Any]:
        """Plain data, for storage and for --json."""
        return {
            "score": self.score,
            "reason": self.reason,
            "scored": self.scored,
            "total": self.total,
            "bounds": dict(self.bounds),
            "excess": dict(self.excess),
        }


@dataclass(frozen=True)
class Trial:
    """One point that was measured; `number` counts from 1 in the order of the search."""

    number: int
    point: Point
    measured: Measured
    spent_seconds: float

    @property
    def name(self) -> str:
        """As reports call it."""
        return f"trial {self.number}"

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.measured.score is None:
            return "failed"
        return "done" if self.measured.eligible else "out of bounds"


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that may win, the best first; of equal ones, the one that was tried first."""
    eligible = [trial for trial in trials if trial.measured.eligible]
    return sorted(eligible, key=lambda trial: -(trial.measured.score or 0.0))


def winner(base: Measured, trials: Sequence[Trial]) -> Trial | None:
    """The best trial, None if none may win or none is better than the base.

    A base that is as good stays: it needs no change.
    """
    best = next(iter(ranked(trials)), None)
    if best is None or not base.eligible:
        return best
    return best if (best.measured.score or 0.0) > (base.score or 0.0) else None


def best_so_far(trials: Sequence[Trial]) -> list[float | None]:
    """After each trial, the best score of those that may win."""
    best: float | None = None
    bests: list[float | None] = []
    for trial in trials:
        score = trial.measured.score
        if trial.measured.eligible and score is not None:
            best = score if best is None else max(best, score)
        bests.append(best)
    return bests
