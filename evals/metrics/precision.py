"""Precision@k."""

from __future__ import annotations

from collections.abc import Sequence


def precision(relevant: Sequence[bool], k: int) -> float:
    """The share of k places that hold something relevant, in [0, 1].

    Args:
        relevant: Of each place of the ranking, best first; may be shorter than k, whose missing
            places then count as not relevant, as in trec_eval.
        k: Cut-off, at least 1.

    Raises:
        ValueError: k < 1.

    Source: Manning, Raghavan & Schütze 2008, section 8.4.
    """
    if k < 1:
        raise ValueError("precision: needs k >= 1")
    return sum(relevant[:k]) / k
