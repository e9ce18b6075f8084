"""What scores the options of a question, and how probabilities are made of scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OptionScores:
    """Probabilities of the options in the question's order (sum 1), and the last prompt, if any."""

    probabilities: list[float]
    prompt: str = ""


class OptionScorer(Protocol):
    """Scores the options of one question."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, which bound the passages."""
        ...

    def score(self, question: str, options: Sequence[str], passages: str) -> OptionScores:
        """How probable each option is as the right one.

        Args:
            question: The question without its options.
            options: 2 to 26, all different.
            passages: What was found for it, best last; "" for what the model knows itself.

        Raises:
            YomitokiError: They do not fit into the model, or it decides for none of them.
        """
        ...


def softmax(scores: Sequence[float]) -> list[float]:
    """Probabilities proportional to the exponentials of the scores."""
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


def weighted_mean(rows: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """The mean of several rows of probabilities, each row with its weight (above 0)."""
    total = sum(weights)
    columns = zip(*rows, strict=True)
    return [sum(w * p for w, p in zip(weights, column, strict=True)) / total for column in columns]
