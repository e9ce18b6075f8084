"""Exact match of an answer with any reference."""

from __future__ import annotations

from collections.abc import Sequence

from evals.metrics.answer_letters import answer_letters


def exact_match(answer: str, references: Sequence[str]) -> float:
    """1 if the answer has the letters of a reference and no others, else 0.

    Raises:
        ValueError: No reference.

    Source: Rajpurkar et al. 2016 (SQuAD); for Japanese on characters without punctuation, as JGLUE.
    """
    if not references:
        raise ValueError("exact_match: needs at least one reference")
    said = answer_letters(answer)
    return float(any(said == answer_letters(reference) for reference in references))
