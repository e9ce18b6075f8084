"""Recall@k and hit rate@k."""

from __future__ import annotations

from evals.metrics.found_ranks import Ranks, found_within


def recall(ranks: Ranks, k: int) -> float:
    """The share of the relevant items that stand among the first k, in [0, 1].

    Raises:
        ValueError: No relevant item, or k < 1.

    Source: Manning, Raghavan & Schütze 2008, section 8.4.
    """
    return len(found_within("recall", ranks, k)) / len(ranks)


def hit_rate(ranks: Ranks, k: int) -> float:
    """1 if any relevant item stands among the first k, else 0 (success@k of trec_eval).

    Raises:
        ValueError: No relevant item, or k < 1.
    """
    return float(bool(found_within("hit_rate", ranks, k)))
