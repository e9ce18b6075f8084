"""A decision read from logits: log-probabilities of given answers (DESIGN idea 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from pipelines.errors import YomitokiError
from pipelines.llms.prompt_cache import PromptCache

# Below this share of all probability the model was not answering the question at all.
LEAST_MASS = 1e-6


def choice_token_ids(tokenizer: Any, choices: Sequence[str]) -> list[list[int]]:
    """Token ids of each choice as it stands directly after a prompt.

    Raises:
        ValueError: Fewer than two choices, an empty one, or two with the same tokens.
    """
    if len(choices) < 2:
        raise ValueError(f"choices: {len(choices)} given: at least two are needed")
    ids = [list(tokenizer(choice, add_special_tokens=False).input_ids) for choice in choices]
    if any(not tokens for tokens in ids):
        raise ValueError(f"choices: an empty one in {list(choices)}")
    if len({tuple(tokens) for tokens in ids}) < len(ids):
        raise ValueError(f"choices: two have the same tokens: {list(choices)}")
    return ids


def score_choices(
    cache: PromptCache, prompt_ids: Sequence[int], choice_ids: Sequence[Sequence[int]]
) -> list[float]:
    """Log-probabilities of the choices, normalised over them.

    A choice of several tokens scores the sum of its tokens' log-probabilities; the prompt is read
    once however many there are.

    Raises:
        YomitokiError: The choices together have less than 1e-6 of the probability.
    """
    first = torch.log_softmax(cache.read(prompt_ids), dim=-1)
    scores = []
    for tokens in choice_ids:
        total = float(first[tokens[0]])
        for position in range(1, len(tokens)):
            after = cache.read([*prompt_ids, *tokens[:position]])
            total += float(torch.log_softmax(after, dim=-1)[tokens[position]])
        scores.append(total)
    mass = _log_sum_exp(scores)
    if not mass > math.log(LEAST_MASS):
        raise YomitokiError(
            f"choice scoring: the model gives all choices together a probability of "
            f"{math.exp(mass):.1e}: the prompt must make it answer with one of them"
        )
    return [score - mass for score in scores]


def _log_sum_exp(values: Sequence[float]) -> float:
    top = max(values)
    if math.isinf(top):
        return top
    return top + math.log(sum(math.exp(value - top) for value in values))
