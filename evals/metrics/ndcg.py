"""Normalised discounted cumulative gain."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evals.metrics.found_ranks import Ranks, found_within, in_a_row


def ndcg(ranks: Ranks, k: int) -> float:
    """nDCG@k where every relevant item gains 1: DCG over that of the best order. In [0, 1].

    Items that share a rank count as `in_a_row`; with two at a rank as they stand it would exceed 1.

    Raises:
        ValueError: No relevant item, or k < 1.

    Source: Järvelin & Kekäläinen 2002, with the discount of trec_eval, 1 / log2(rank + 1).
    """
    found = found_within("ndcg", in_a_row(ranks), k)
    best = range(1, min(len(ranks), k) + 1)
    return sum(map(_discount, found)) / sum(map(_discount, best))


def graded_ndcg(ranks: Ranks, gains: Sequence[float], k: int) -> float:
    """nDCG@k with a gain for each relevant item, linear as in trec_eval. In [0, 1].

    Args:
        ranks: Of the relevant items; no two alike.
        gains: Of the same items in the same order, each over 0.
        k: Cut-off, at least 1.

    Raises:
        ValueError: No relevant item, k < 1, two items at one rank, a gain that is not over 0, or
            another number of gains than of items.
    """
    found_within("graded_ndcg", ranks, k)
    places = [rank for rank in ranks if rank is not None]
    if len(set(places)) != len(places):
        raise ValueError("graded_ndcg: two items at one rank")
    if len(gains) != len(ranks) or min(gains) <= 0:
        raise ValueError("graded_ndcg: needs a gain over 0 for each relevant item")
    gained = sum(
        gain * _discount(rank)
        for gain, rank in zip(gains, ranks, strict=True)
        if rank is not None and rank <= k
    )
    ideal = sorted(gains, reverse=True)[:k]
    return gained / sum(gain * _discount(place) for place, gain in enumerate(ideal, start=1))


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)
