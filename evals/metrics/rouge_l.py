"""ROUGE-L: the longest common subsequence of words."""

from __future__ import annotations

from collections.abc import Sequence


def rouge_l(answer: Sequence[str], reference: Sequence[str]) -> float:
    """F1 of the longest common subsequence, in [0, 1]; 0 if either has no word.

    With LCS its length in words: precision LCS / len(answer), recall LCS / len(reference).

    Source: Lin 2004, with beta 1 as in Google's rouge-score. Words: `words`.
    """
    common = _longest_common(answer, reference)
    return 2 * common / (len(answer) + len(reference)) if common else 0.0


def _longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    row = [0] * (len(second) + 1)
    for word in first:
        before = 0
        for place, other in enumerate(second, start=1):
            before, row[place] = (
                row[place],
                before + 1 if word == other else max(row[place], row[place - 1]),
            )
    return row[-1]
