"""A ranking of the options of a multiple-choice question."""

from __future__ import annotations

from collections.abc import Sequence

from evals.metrics.average_precision import average_precision
from evals.metrics.found_ranks import id_ranks


def option_accuracy(ranking: Sequence[int], right: int) -> float:
    """1 if the right option is ranked first, else 0; no ranking at all is a wrong answer."""
    return float(bool(ranking) and ranking[0] == right)


def option_map(ranking: Sequence[int], right: int, k: int = 3) -> float:
    """MAP@k of one question with one right option: 1 / its rank if that is at most k, else 0.

    Source: the metric of Kaggle's LLM Science Exam 2023 (MAP@3).
    """
    return average_precision(id_ranks(ranking, [right]), k)
