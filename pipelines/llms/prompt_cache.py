"""Forward passes that compute what two prompts share only once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from pipelines.answer import Usage
from pipelines.errors import StoppedError
from pipelines.llms.last_layer import LastFeedForward

# A long prompt is read in pieces, so that whoever wants to stop it need not wait for the end.
CHUNK = 256
# A shorter pass is over before anyone could want to stop it.
SHORT = 32


class PromptCache:
    """A causal model together with the keys and values of what it read last.

    Reading a prompt reuses the cache up to where the prompt leaves the one before, so the shared
    beginning of a batch of prompts, of a chat's turns or of two questions' system text is
    computed once. Not thread-safe. `should_stop` is asked before every longer pass; `seconds`,
    `tokens` and `passes` count the model's work since the start, `usage` what callers asked for.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._last = LastFeedForward.of(model)
        self._ids: list[int] = []
        self._cache: Any = None
        self.should_stop: Callable[[], bool] = lambda: False
        self.seconds = 0.0
        self.tokens = 0
        self.passes = 0
        self.usage = Usage()

    @property
    def device(self) -> torch.device:
        """Where the model lies."""
        device: torch.device = self.model.device
        return device

    @property
    def goes_back(self) -> bool:
        """Whether what was read can be shortened again without reading it anew."""
        return self._cache is not None and _croppable(self._cache)

    def read(self, ids: Sequence[int]) -> torch.Tensor:
        """Logits after the last token of `ids`, float32, shape (vocabulary,).

        Args:
            ids: The whole sequence, not only what is new; at least one token.
        """
        return self.read_last(ids, 1)[0]

    @torch.inference_mode()
    def read_last(self, ids: Sequence[int], count: int) -> torch.Tensor:
        """Logits after each of the last `count` tokens, float32, shape (count, vocabulary).

        Args:
            ids: The whole sequence, not only what is new; at least `count` tokens.
            count: At least 1.

        Raises:
            StoppedError: `should_stop` said so before a longer pass.
        """
        ids = list(ids)
        # The last tokens are always computed: their logits are what is asked for.
        shared = min(_common_prefix(self._ids, ids), len(ids) - count)
        cache = self._crop(shared)
        if cache is None:
            shared = 0
        while True:
            end = shared + CHUNK if len(ids) - shared >= CHUNK + count else len(ids)
            if end - shared > SHORT and self.should_stop():
                raise StoppedError("stopped")
            output = self._pass(ids[:end], shared, cache, count)
            if end == len(ids):
                logits: torch.Tensor = output.logits[0, -count:].float()
                return logits
            shared, cache = end, self._cache

    def _pass(self, ids: list[int], shared: int, cache: Any, count: int) -> Any:
        """Read the tokens from `shared` on behind what `cache` holds, and keep what was read."""
        started = time.perf_counter()
        # A pass that fails leaves a cache of unknown length: forget it first.
        self.forget()
        with self._last.only(count) if self._last else nullcontext():
            output = self.model(
                input_ids=torch.tensor([ids[shared:]], device=self.device),
                attention_mask=torch.ones((1, len(ids)), dtype=torch.long, device=self.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=count,
            )
        self._ids, self._cache = ids, output.past_key_values
        self.seconds += time.perf_counter() - started
        self.tokens += len(ids) - shared
        self.passes += 1
        return output

    def forget(self) -> None:
        """Drop what was read, so that the next prompt is computed whole."""
        self._ids, self._cache = [], None

    def _crop(self, length: int) -> Any:
        """The cache of the first `length` tokens, or None to start anew."""
        if self._cache is None or length == 0:
            return None
        if length == len(self._ids):
            return self._cache
        if not _croppable(self._cache):
            return None
        self._cache.crop(length - len(self._ids))
        return self._cache


def _common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    length = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        length += 1
    return length


def _croppable(cache: Any) -> bool:
    """Whether every layer keeps all positions (sliding or recurrent states cannot go back)."""
    from transformers.cache_utils import DynamicLayer

    layers = getattr(cache, "layers", [])
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)
