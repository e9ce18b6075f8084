"""Log-probabilities of given answers, made a distribution; no mass at all is an error."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipelines.errors import YomitokiError

# Below this share of all probability the model was not answering the question at all.
LEAST_MASS = 1e-6


def normalised(scores: Sequence[float]) -> list[float]:
    """Log-probabilities over the choices alone: their exponentials sum to 1.

    Raises:
        YomitokiError: The choices together have less than 1e-6 of the probability.
    """
    mass = log_sum_exp(scores)
    if not mass > math.log(LEAST_MASS):
        raise YomitokiError(
            f"choice scoring: the model gives all choices together a probability of "
            f"{math.exp(mass):.1e}: the prompt must make it answer with one of them"
        )
    return [score - mass for score in scores]


def log_sum_exp(values: Sequence[float]) -> float:
    """The logarithm of the sum of the values' exponentials."""
    top = max(values)
    if math.isinf(top):
        return top
    return top + math.log(sum(math.exp(value - top) for value in values))
