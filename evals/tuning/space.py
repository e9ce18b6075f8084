"""A space of settings: points of it, and how they are laid over a config."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from optuna.distributions import BaseDistribution

from evals.tuning.ranges import (
    RangeSettings,
    distribution,
    label,
    parameter_of,
    size,
    value_at,
    value_of,
)

Space = Mapping[str, RangeSettings]
# A value for each key of a space.
Point = Mapping[str, Any]

# Beyond this many points a grid is no plan.
MOST_POINTS = 100_000


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space as Optuna asks for it."""
    return {key: distribution(values) for key, values in space.items()}


def point_of(space: Space, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The point that Optuna's parameters stand for."""
    return {key: value_of(values, parameters[key]) for key, values in space.items()}


def parameters_of(space: Space, point: Point) -> dict[str, Any]:
    """What stands for a point in Optuna."""
    return {key: parameter_of(values, point[key]) for key, values in space.items()}


def point_count(space: Space) -> int:
    """How many points there are; 0 if they can't be counted."""
    return math.prod(size(values) for values in space.values())


def point_at(space: Space, place: int) -> dict[str, Any]:
    """The point at a place from 0 on; the last key changes first. The space must be countable."""
    point: dict[str, Any] = {}
    for key, values in reversed(list(space.items())):
        place, digit = divmod(place, size(values))
        point[key] = value_at(values, digit)
    return {key: point[key] for key in space}


def shuffled_points(space: Space, seed: int) -> Iterator[dict[str, Any]]:
    """Every point once, in an order that a seed decides: a part of a grid is spread over it."""
    places = list(range(point_count(space)))
    random.Random(seed).shuffle(places)
    return (point_at(space, place) for place in places)


def drawn_point(space: Space, seed: int, tried: Collection[str]) -> dict[str, Any]:
    """A point that is not among the `tried`, by their labels; there must be one."""
    chance = random.Random(seed)
    total = point_count(space)
    while True:
        point = point_at(space, chance.randrange(total))
        if label(point) not in tried:
            return point


def overrides(point: Point) -> list[str]:
    """A point as --set takes it: what lies around a key comes before the key.

    A new `kind` drops the keys of the old one, so it comes before its neighbours.
    """

    def order(key: str) -> tuple[int, bool]:
        parts = key.split(".")
        return len(parts), parts[-1] != "kind"

    return [f"{key}={label(point[key])}" for key in sorted(point, key=order)]


def point_text(point: Point) -> str:
    """A point in a line for a person; words stand without quotes."""
    return ", ".join(
        f"{key}={value if isinstance(value, str) else label(value)}" for key, value in point.items()
    )
