"""Which questions are still wanted: so many of each kind and length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

Kind = Literal["open", "options"]
Slot = tuple[Kind, str]


def apportioned(count: int, shares: Mapping[Slot, float]) -> dict[Slot, int]:
    """Whole numbers in proportion to shares, `count` in all: the largest remainders round up.

    Of equal remainders the first ones do. Source: Hamilton's method.
    """
    whole = sum(shares.values())
    exact = {slot: count * share / whole for slot, share in shares.items()}
    given = {slot: int(value) for slot, value in exact.items()}
    by_remainder = sorted(exact, key=lambda slot: given[slot] - exact[slot])
    for slot in by_remainder[: count - sum(given.values())]:
        given[slot] += 1
    return given


class Slots:
    """Counts down what is wanted; the state follows from what was taken, in whatever order."""

    def __init__(self, count: int, kinds: Sequence[Kind], lengths: Mapping[str, float]) -> None:
        """Want `count` questions: each kind as often, the lengths by their shares."""
        shares = {(kind, name): share for kind in kinds for name, share in lengths.items()}
        self._open = apportioned(count, shares)

    @property
    def open(self) -> int:
        """How many are wanted still."""
        return sum(self._open.values())

    def next(self) -> Slot:
        """What is wanted most; of equals the first. Raises ValueError if nothing is."""
        if not self.open:
            raise ValueError("nothing is wanted any more")
        return max(self._open, key=lambda slot: self._open[slot])

    def wants(self, kind: Kind, length: str) -> bool:
        """Whether another question of this kind and length is wanted."""
        return self._open.get((kind, length), 0) > 0

    def take(self, kind: Kind, length: str) -> None:
        """Count one that is there; one that nobody wanted, of an earlier run, counts nowhere."""
        if self.wants(kind, length):
            self._open[kind, length] -= 1
