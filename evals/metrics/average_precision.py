"""Average precision, whose mean over questions is MAP@k."""

from __future__ import annotations

from evals.metrics.found_ranks import Ranks, found_within, in_a_row


def average_precision(ranks: Ranks, k: int) -> float:
    """(1 / R) * the sum over relevant items found at rank r <= k of (found up to r) / r.

    R is the number of relevant items, as in trec_eval's map_cut, not min(R, k): a cut-off below R
    can't reach 1. Items that share a rank count as `in_a_row`. In [0, 1].

    Raises:
        ValueError: No relevant item, or k < 1.

    Source: Buckley & Voorhees 2000.
    """
    found = found_within("average_precision", in_a_row(ranks), k)
    return sum(count / rank for count, rank in enumerate(found, start=1)) / len(ranks)
