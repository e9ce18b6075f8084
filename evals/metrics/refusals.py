"""Refusing what can't be answered, as a detection task."""

from __future__ import annotations

from collections.abc import Sequence

# (refused, answerable) of each question.
Refusals = Sequence[tuple[bool, bool]]


def refusal_precision(outcomes: Refusals) -> float:
    """The share of refusals that were right, in [0, 1].

    Raises:
        ValueError: Nothing was refused.
    """
    refused = [answerable for was_refused, answerable in outcomes if was_refused]
    if not refused:
        raise ValueError("refusal_precision: nothing was refused")
    return sum(not answerable for answerable in refused) / len(refused)


def refusal_recall(outcomes: Refusals) -> float:
    """The share of unanswerable questions that were refused, in [0, 1].

    Raises:
        ValueError: Every question is answerable.
    """
    unanswerable = [was_refused for was_refused, answerable in outcomes if not answerable]
    if not unanswerable:
        raise ValueError("refusal_recall: every question is answerable")
    return sum(unanswerable) / len(unanswerable)
