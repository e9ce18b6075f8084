"""Choosing the next token: greedy, or sampled as the options say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from pipelines.llms.generation import GenerationOptions

# (all tokens so far, logits of the next) -> the next; called once for each in turn.
Pick = Callable[[list[int], torch.Tensor], int]


class NextToken:
    """Picks tokens for one generation; seeded sampling repeats exactly."""

    def __init__(self, options: GenerationOptions, device: torch.device) -> None:
        from transformers import (
            EpsilonLogitsWarper,
            LogitsProcessorList,
            RepetitionPenaltyLogitsProcessor,
            TemperatureLogitsWarper,
            TopKLogitsWarper,
            TopPLogitsWarper,
        )

        self._sample = options.temperature > 0
        processors: list[Any] = []
        if options.repetition_penalty != 1.0:
            processors.append(RepetitionPenaltyLogitsProcessor(options.repetition_penalty))
        if self._sample:
            processors.append(TemperatureLogitsWarper(options.temperature))
            if options.top_k:
                processors.append(TopKLogitsWarper(options.top_k))
            if options.top_p < 1.0:
                processors.append(TopPLogitsWarper(options.top_p))
            if options.epsilon_cutoff:
                processors.append(EpsilonLogitsWarper(options.epsilon_cutoff))
        self._processors = LogitsProcessorList(processors)
        self._generator = torch.Generator(device=device)
        if options.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(options.seed)

    def __call__(self, ids: list[int], logits: torch.Tensor) -> int:
        """The next token after `ids`, given its logits of shape (vocabulary,)."""
        scores = logits[None]
        if self._processors:
            read = torch.tensor([ids], device=logits.device)
            scores = self._processors(read, scores)
        if not self._sample:
            return int(scores[0].argmax())
        probabilities = torch.softmax(scores[0], dim=-1)
        return int(torch.multinomial(probabilities, 1, generator=self._generator))
