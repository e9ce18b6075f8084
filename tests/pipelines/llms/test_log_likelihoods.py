"""How likely whole texts are after a prompt."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.errors import YomitokiError
from pipelines.llms.choice_scoring import log_likelihoods
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.prompt_cache import PromptCache
from tests.pipelines.llms.test_choice_scoring import Fixed


def test_by_hand_and_not_normalised() -> None:
    # P = (1/8, 3/8, 4/8) after anything: 3/8, 1/8 * 1/8, and 4/8 * 3/8 * 1/8.
    cache = PromptCache(Fixed([math.log(1), math.log(3), math.log(4)]))
    scores = log_likelihoods(cache, [0], [[1], [0, 0], [2, 1, 0]])
    assert [math.exp(s) for s in scores] == pytest.approx([3 / 8, 1 / 64, 12 / 512], rel=1e-5)


TEXTS = ["二つ目の案", "a", "第一案に決まった。", "二つ"]


def test_they_are_those_of_separate_full_passes(model: Any, tokenizer: Any) -> None:
    llm = HuggingFaceLLM(model, tokenizer, "tiny", 512)
    messages = [ChatMessage(content="どの案に決まった？")]
    found = llm.log_likelihoods(messages, TEXTS)
    prompt = tokenizer(llm.render(messages), add_special_tokens=False).input_ids
    for text, likelihood in zip(TEXTS, found, strict=True):
        tail = tokenizer(text, add_special_tokens=False).input_ids
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + tail])).logits[0]
        steps = torch.log_softmax(logits, -1)[len(prompt) - 1 : -1]
        expected = float(steps.gather(1, torch.tensor(tail)[:, None]).sum())
        assert likelihood.log_probability == pytest.approx(expected, abs=1e-3)
        assert likelihood.tokens == len(tail) == len(text.encode())


def test_the_prompt_is_read_once_with_the_first_text(model: Any, tokenizer: Any) -> None:
    llm = HuggingFaceLLM(model, tokenizer, "tiny", 512)
    messages = [ChatMessage(content="どの案に決まった？")]
    llm.log_likelihoods(messages, TEXTS)
    # The last token of a text is never read: nothing is asked after it.
    tails = sum(len(text.encode()) - 1 for text in TEXTS)
    prompt = llm.count_prompt_tokens(messages)
    assert llm.model_tokens == prompt + tails
    assert llm.usage == Usage(prompt + sum(len(text.encode()) for text in TEXTS))
    # The first in the prompt's own pass, "a" in none: it is a token long.
    assert llm.model_passes == 3


def test_texts_that_do_not_fit_or_say_nothing_are_refused(model: Any, tokenizer: Any) -> None:
    llm = HuggingFaceLLM(model, tokenizer, "tiny", 100)
    with pytest.raises(YomitokiError, match="does not fit"):
        llm.log_likelihoods([ChatMessage(content="x")], ["短い", "長い" * 20])
    for texts in ([], ["短い", ""]):
        with pytest.raises(ValueError, match="empty"):
            llm.log_likelihoods([ChatMessage(content="x")], texts)
