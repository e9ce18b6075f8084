"""Overlap of an answer's characters with those of a reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evals.metrics.answer_letters import answer_letters


def character_f1(answer: str, references: Sequence[str]) -> float:
    """The best harmonic mean of character precision and recall over the references, in [0, 1].

    Characters are counted with their number, whatever their order. Two answers without any letter
    agree (1), one with and one without don't (0).

    Raises:
        ValueError: No reference.

    Source: the F1 of Rajpurkar et al. 2016 (SQuAD) on characters, as in JGLUE's JSQuAD.
    """
    if not references:
        raise ValueError("character_f1: needs at least one reference")
    return max(_f1(answer_letters(answer), answer_letters(r)) for r in references)


def _f1(said: str, wanted: str) -> float:
    if not said or not wanted:
        return float(said == wanted)
    return 2 * (Counter(said) & Counter(wanted)).total() / (len(said) + len(wanted))
