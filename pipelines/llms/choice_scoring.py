"""A decision read from logits: log-probabilities of given answers (DESIGN idea 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from pipelines.llms.choice_mass import normalised
from pipelines.llms.prompt_cache import PromptCache


def choice_token_ids(tokenizer: Any, choices: Sequence[str]) -> list[list[int]]:
    """Token ids of each choice as it stands directly after a prompt.

    Raises:
        ValueError: Fewer than two choices, an empty one, or two with the same tokens.
    """
    if len(choices) < 2:
        raise ValueError(f"choices: {len(choices)} given: at least two are needed")
    ids = continuation_token_ids(tokenizer, choices)
    if len({tuple(tokens) for tokens in ids}) < len(ids):
        raise ValueError(f"choices: two have the same tokens: {list(choices)}")
    return ids


def continuation_token_ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text as it stands directly after a prompt.

    Raises:
        ValueError: No text, or an empty one.
    """
    ids = [list(tokenizer(text, add_special_tokens=False).input_ids) for text in texts]
    if not ids or any(not tokens for tokens in ids):
        raise ValueError(f"choices: none, or an empty one: {list(texts)}")
    return ids


def log_likelihoods(
    cache: PromptCache, prompt_ids: Sequence[int], continuation_ids: Sequence[Sequence[int]]
) -> list[float]:
    """Log-probability of each continuation directly after the prompt: the sum over its tokens.

    The prompt is read once however many there are, in one pass with the first.
    """
    scores = []
    after_prompt: torch.Tensor | None = None
    for tokens in continuation_ids:
        # The logits after the prompt come with the first continuation; a later one of a single
        # token needs no pass of its own.
        count = len(tokens) if after_prompt is None else len(tokens) - 1
        steps = [] if after_prompt is None else [after_prompt]
        if count:
            logits = cache.read_last([*prompt_ids, *tokens[:-1]], count)
            steps += torch.log_softmax(logits, dim=-1)
        after_prompt = steps[0]
        scores.append(sum(float(s[token]) for s, token in zip(steps, tokens, strict=True)))
    return scores


def score_choices(
    cache: PromptCache, prompt_ids: Sequence[int], choice_ids: Sequence[Sequence[int]]
) -> list[float]:
    """Log-probabilities of the choices, normalised over them.

    Raises:
        YomitokiError: The choices together have less than 1e-6 of the probability.
    """
    return normalised(log_likelihoods(cache, prompt_ids, choice_ids))
