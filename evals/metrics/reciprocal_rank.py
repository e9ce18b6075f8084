"""Reciprocal rank, whose mean over questions is MRR@k."""

from __future__ import annotations

from evals.metrics.found_ranks import Ranks, found_within


def reciprocal_rank(ranks: Ranks, k: int) -> float:
    """1 / the rank of the first relevant item among the first k; 0 if none is. In [0, 1].

    Raises:
        ValueError: No relevant item, or k < 1.

    Source: Voorhees 1999, "The TREC-8 question answering track report".
    """
    found = found_within("reciprocal_rank", ranks, k)
    return 1 / found[0] if found else 0.0
