"""BLEU of one sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from evals.metrics.ngrams import ngrams

MAX_N = 4


def bleu(answer: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Sentence BLEU of up to 4-grams, in [0, 1].

    The geometric mean of clipped n-gram precisions p_n times the brevity penalty
    min(1, exp(1 - r / c)), c the answer's words and r those of the reference nearest in length (the
    shorter of two). A p_n of 0 becomes 1 / (2^i * n-grams) at the i-th such order (Chen & Cherry
    2014, method 3); orders longer than the answer are left out. An answer without any word in
    common is 0.

    Raises:
        ValueError: No reference.

    Source: Papineni et al. 2002; conventions of sacrebleu's sentence_bleu (Post 2018). For words
    see `words`.
    """
    if not references:
        raise ValueError("bleu: needs at least one reference")
    precisions: list[float] = []
    halvings = 0
    for n in range(1, min(MAX_N, len(answer)) + 1):
        said = ngrams(answer, n)
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= ngrams(reference, n)
        clipped = (said & most).total()
        if n == 1 and not clipped:
            return 0.0
        if not clipped:
            halvings += 1
        precisions.append((clipped or 0.5**halvings) / said.total())
    if not precisions:
        return 0.0
    nearest = min((abs(len(r) - len(answer)), len(r)) for r in references)[1]
    brevity = min(1.0, math.exp(1 - nearest / len(answer)))
    return brevity * math.exp(sum(map(math.log, precisions)) / len(precisions))
