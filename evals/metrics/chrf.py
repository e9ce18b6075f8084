"""chrF: character n-gram F-score, which needs no words."""

from __future__ import annotations

from collections.abc import Sequence

from evals.metrics.ngrams import ngrams

MAX_N = 6
BETA = 2  # recall weighs twice


def chrf(answer: str, references: Sequence[str]) -> float:
    """chrF2 of one answer against the reference that fits best, in [0, 1].

    Precision and recall of character n-grams (n = 1 to 6, white space left out) are averaged over
    the orders that both texts have; F = (1 + beta^2) * P * R / (beta^2 * P + R).

    Raises:
        ValueError: No reference.

    Source: Popović 2015; conventions of sacrebleu's sentence_chrf (Post 2018).
    """
    if not references:
        raise ValueError("chrf: needs at least one reference")
    return max(_chrf("".join(answer.split()), "".join(r.split())) for r in references)


def _chrf(said: str, wanted: str) -> float:
    precision = recall = 0.0
    orders = 0
    for n in range(1, MAX_N + 1):
        ours, theirs = ngrams(said, n), ngrams(wanted, n)
        if not ours or not theirs:
            continue
        common = (ours & theirs).total()
        precision += common / ours.total()
        recall += common / theirs.total()
        orders += 1
    if not precision or not recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)
