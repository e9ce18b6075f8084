"""Options scored by a real, tiny causal model: what the orders and texts share is read once."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.parts import Parts
from pipelines.query_engines.likelihood_scorer import LikelihoodScorerSettings

OPTIONS = ["明治三十年", "大正", "昭和の初め"]
PASSAGES = "(1)\n" + "堰は大正にできた。" * 20


@pytest.fixture(scope="module")
def long_model() -> Any:
    """A random two-layer Llama that reads 4,096 tokens, here bytes."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=259,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=1,
    )
    return LlamaForCausalLM(config).eval()


def scored(model: Any, tokenizer: Any, **settings: object) -> tuple[list[float], int]:
    """Probabilities of the options, and the tokens that were read for them."""
    llm = HuggingFaceLLM(model, tokenizer, "tiny", 4096)
    chosen = LikelihoodScorerSettings.model_validate({"kind": "likelihood", **settings})
    scores = chosen.build(Parts(llm=llm)).score("堰はいつできた？", OPTIONS, PASSAGES)
    return scores.probabilities, llm.model_tokens


def test_further_orders_and_texts_cost_little_more_than_themselves(
    long_model: Any, tokenizer: Any
) -> None:
    once, whole = scored(long_model, tokenizer, letter_weight=1, permutations=1)
    _, thrice = scored(long_model, tokenizer, letter_weight=1, permutations=3)
    plain = {"permutations": 1, "option_score": "per_token"}
    both, all_ = scored(long_model, tokenizer, letter_weight=0.5, **plain)
    assert sum(once) == pytest.approx(sum(both)) == pytest.approx(1.0)
    assert whole > len(PASSAGES.encode())
    listed = len(b"A. B. C. \n\n") + sum(len(option.encode()) for option in OPTIONS)
    instruction = 120  # bytes at most behind the question: what to write, and the turn's end
    assert thrice <= whole + 2 * (listed + instruction)
    assert all_ <= whole + instruction + listed


def test_letters_and_texts_are_each_what_they_are_alone(long_model: Any, tokenizer: Any) -> None:
    letters, _ = scored(long_model, tokenizer, letter_weight=1)
    texts, _ = scored(long_model, tokenizer, letter_weight=0)
    both, _ = scored(long_model, tokenizer, letter_weight=0.25)
    expected = [0.25 * a + 0.75 * b for a, b in zip(letters, texts, strict=True)]
    assert both == pytest.approx(expected, abs=1e-4)
