"""How much several answers to one question differ."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from evals.metrics.bleu import bleu
from evals.metrics.ngrams import ngrams


def self_bleu(samples: Sequence[Sequence[str]]) -> float:
    """Mean BLEU of each sample against all others, in [0, 1]; 1 if all are the same.

    Args:
        samples: The words of each answer; at least two.

    Raises:
        ValueError: Fewer than two samples.

    Source: Zhu et al. 2018 (Texygen).
    """
    if len(samples) < 2:
        raise ValueError("self_bleu: needs at least two samples")
    return fmean(
        bleu(sample, [*samples[:place], *samples[place + 1 :]])
        for place, sample in enumerate(samples)
    )


def distinct_n(samples: Sequence[Sequence[str]], n: int) -> float:
    """Different n-grams over all n-grams of all samples, in (0, 1].

    Raises:
        ValueError: n < 1, or no sample is n words long.

    Source: Li et al. 2016.
    """
    if n < 1:
        raise ValueError("distinct_n: needs n >= 1")
    counts = [ngrams(sample, n) for sample in samples]
    total = sum(count.total() for count in counts)
    if not total:
        raise ValueError(f"distinct_n: no sample has {n} words")
    return len(set().union(*counts)) / total
