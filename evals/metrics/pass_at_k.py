"""pass@k from n samples, c of them right."""

from __future__ import annotations

from math import comb


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that one of k samples, drawn from n without replacement, is right.

    1 - C(n - c, k) / C(n, k), where c of the n are right.

    Raises:
        ValueError: Not 0 <= c <= n and 1 <= k <= n.

    Source: Chen et al. 2021, equation 1.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"pass_at_k: needs 0 <= c <= n and 1 <= k <= n, not {n=}, {c=}, {k=}")
    return 1 - comb(n - c, k) / comb(n, k)
