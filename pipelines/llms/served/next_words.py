"""Choices read from the likeliest next tokens, which is all that most servers tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pipelines.llms.choice_mass import log_sum_exp

# As many as such servers give.
TOP = 20


def likely_next(choice: dict[str, Any]) -> list[tuple[str, float]] | None:
    """The likeliest first tokens of a chat completion with their log-probabilities.

    Returns:
        None where the server gives none.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: They have another shape than OpenAI's.
    """
    positions = (choice.get("logprobs") or {}).get("content") or []
    likely = positions[0].get("top_logprobs") if positions else None
    if not likely:
        return None
    found = [(str(token["token"]), float(token["logprob"])) for token in likely]
    if any(math.isnan(score) for _, score in found):
        raise ValueError("a log-probability is no number")
    return found


def choice_scores(likely: Sequence[tuple[str, float]], choices: Sequence[str]) -> list[float]:
    """Log-probability of each choice, read from the tokens that begin it.

    White space and case are nothing. A token that begins several choices tells of none. A choice
    that is not among the likeliest has at most the probability of the least likely of them, and is
    given that, so that no probability is zero.

    Raises:
        ValueError: None of the choices is among them.
    """
    words = [choice.strip().casefold() for choice in choices]
    scores: list[list[float]] = [[] for _ in choices]
    for token, score in likely:
        begun = token.strip().casefold()
        if not begun:
            continue
        places = [place for place, word in enumerate(words) if word == begun] or [
            place for place, word in enumerate(words) if word.startswith(begun)
        ]
        if len(places) == 1:
            scores[places[0]].append(score)
    if not any(scores):
        raise ValueError("none of the choices is among the likeliest next tokens")
    least = min(score for _, score in likely)
    return [log_sum_exp(found) if found else least for found in scores]
