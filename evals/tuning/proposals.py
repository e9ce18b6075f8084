"""Which point a search tries next: Optuna's samplers, seeded by the place in the search."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from evals.tuning.ranges import label
from evals.tuning.settings import Sampler
from evals.tuning.space import (
    Space,
    drawn_point,
    parameters_of,
    point_count,
    shuffled_points,
)

# A sampler that comes back to what was tried so often in a row has nothing new to say.
MOST_REPEATS = 20


class FixedSampler(BaseSampler):
    """Proposes one point."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters

    def infer_relative_search_space(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
    ) -> dict[str, BaseDistribution]:
        """None: each parameter is known by itself."""
        return {}

    def sample_relative(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        search_space: dict[str, BaseDistribution],  # noqa: ARG002
    ) -> dict[str, Any]:
        """Nothing."""
        return {}

    def sample_independent(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002
    ) -> Any:
        """The parameter of the point."""
        return self._parameters[param_name]


def proposer(
    space: Space, sampler: Sampler, seed: int, asked: int, repeats: int, tried: Collection[str]
) -> BaseSampler | None:
    """The sampler for the next trial; None if every point of the space was tried.

    Optuna's samplers draw from one stream of random numbers, which a killed process takes with it.
    Here each proposal has a seed of its own, by its place in the search, so that what follows
    depends on what is stored alone.

    Args:
        space: The space.
        sampler: Its kind.
        seed: Of the search.
        asked: How many proposals were made before, those that repeated others included.
        repeats: How many of them, at the end, repeated others.
        tried: Labels of the points that were tried.
    """
    count = point_count(space)
    if count and len(tried) >= count:
        return None
    own = _seed(seed, asked)
    if sampler == "grid":
        points = (point for point in shuffled_points(space, seed) if label(point) not in tried)
        return FixedSampler(parameters_of(space, next(points)))
    if count and repeats >= MOST_REPEATS:
        return FixedSampler(parameters_of(space, drawn_point(space, own, tried)))
    return TPESampler(seed=own) if sampler == "tpe" else RandomSampler(seed=own)


def _seed(seed: int, asked: int) -> int:
    """32 bits that differ for every place in a search."""
    digest = hashlib.sha256(f"{seed} {asked}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
