from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from pipelines.errors import StoppedError
from pipelines.llms.prompt_cache import CHUNK, PromptCache


def full(model: Any, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        logits: torch.Tensor = model(torch.tensor([ids])).logits[0, -1]
    return logits


def test_any_order_of_prompts_gives_the_logits_of_full_passes(model: Any) -> None:
    """Prompts that extend, shorten, repeat or leave the one before."""
    generator = random.Random(3)
    cache = PromptCache(model)
    ids = [generator.randrange(3, 259) for _ in range(20)]
    for _ in range(40):
        keep = generator.randrange(0, len(ids) + 1)
        fresh = [generator.randrange(3, 259) for _ in range(generator.randrange(0, 8))]
        ids = (ids[:keep] + fresh) or [5]
        torch.testing.assert_close(cache.read(ids), full(model, ids), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 3, 2 * CHUNK - 1])
def test_long_prompt_read_in_pieces_is_one_pass(model: Any, length: int) -> None:
    generator = random.Random(length)
    ids = [generator.randrange(3, 259) for _ in range(length)]
    with torch.inference_mode():
        whole = model(torch.tensor([ids])).logits[0, -3:]
    cache = PromptCache(model)
    torch.testing.assert_close(cache.read_last(ids, 3), whole, rtol=1e-3, atol=1e-4)
    assert cache.tokens == length


def test_stopped_between_pieces_it_goes_on_from_there(model: Any) -> None:
    cache = PromptCache(model)
    ids = [5 + i % 200 for i in range(CHUNK + 100)]
    cache.should_stop = lambda: cache.tokens >= CHUNK
    with pytest.raises(StoppedError):
        cache.read(ids)
    cache.should_stop = lambda: False
    torch.testing.assert_close(cache.read(ids), full(model, ids), rtol=1e-3, atol=1e-4)
    assert cache.tokens == len(ids)


def test_same_prompt_costs_one_token(model: Any) -> None:
    cache = PromptCache(model)
    cache.read([5, 6, 7, 8])
    before = cache.tokens
    cache.read([5, 6, 7, 8])
    assert cache.tokens - before == 1


def test_failed_pass_leaves_no_half_written_cache(model: Any) -> None:
    cache = PromptCache(model)
    cache.read([5, 6, 7])
    with pytest.raises(IndexError):
        cache.read([5, 6, 7, 100_000])
    torch.testing.assert_close(cache.read([5, 6, 9]), full(model, [5, 6, 9]), rtol=1e-3, atol=1e-4)


def test_model_with_sliding_window_is_read_anew() -> None:
    """Its cache forgets the past, so it can't be cropped; the result must still be exact."""
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(1)
    config = MistralConfig(
        vocab_size=259,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        sliding_window=8,
        max_position_embeddings=128,
    )
    model = MistralForCausalLM(config).eval()
    cache = PromptCache(model)
    ids = list(range(10, 40))
    cache.read(ids)
    for prompt in (ids[:20], [*ids[:20], 99], ids):
        torch.testing.assert_close(cache.read(prompt), full(model, prompt), rtol=1e-3, atol=1e-4)
