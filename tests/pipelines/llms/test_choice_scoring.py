from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.errors import YomitokiError
from pipelines.llms.choice_scoring import choice_token_ids, score_choices
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.prompt_cache import PromptCache


class Fixed:
    """A model whose logits are the same everywhere; it has no cache to crop."""

    def __init__(self, logits: list[float]) -> None:
        self.device = torch.device("cpu")
        self._logits = torch.tensor(logits)

    def __call__(self, **inputs: Any) -> Any:
        width = inputs["input_ids"].shape[1]
        return SimpleNamespace(
            logits=self._logits.expand(1, width, -1), past_key_values=SimpleNamespace()
        )


def test_probabilities_by_hand() -> None:
    # Tokens 1 and 2 have weights e^0 and e^(ln 3) = 3; over these two: 1/4 and 3/4.
    cache = PromptCache(Fixed([5.0, 0.0, math.log(3.0)]))
    scores = score_choices(cache, [0], [[1], [2]])
    assert [math.exp(s) for s in scores] == pytest.approx([0.25, 0.75])


def test_longer_choice_multiplies_its_tokens() -> None:
    # P = (1/8, 3/8, 4/8). Choice [0, 1] has 1/8 * 3/8 = 3/64, choice [2] has 32/64: 3/35, 32/35.
    cache = PromptCache(Fixed([math.log(1), math.log(3), math.log(4)]))
    scores = score_choices(cache, [0], [[0, 1], [2]])
    assert [math.exp(s) for s in scores] == pytest.approx([3 / 35, 32 / 35], rel=1e-5)


def test_no_mass_is_an_error_never_a_tie() -> None:
    cache = PromptCache(Fixed([40.0, 0.0, 0.0]))
    with pytest.raises(YomitokiError, match="all choices together"):
        score_choices(cache, [0], [[1], [2]])


def test_logits_that_are_no_numbers_are_an_error() -> None:
    cache = PromptCache(Fixed([math.nan, math.nan, math.nan]))
    with pytest.raises(YomitokiError, match="all choices together"):
        score_choices(cache, [0], [[1], [2]])


def test_scores_are_those_of_separate_full_passes(model: Any, tokenizer: Any) -> None:
    llm = HuggingFaceLLM(model, tokenizer, "tiny", 512)
    conversations = [[ChatMessage(content=f"同じ始まり、別の終わり{i}")] for i in range(4)]
    choices = ["ab", "c"]
    rows = llm.score_choices(conversations, choices)
    for messages, row in zip(conversations, rows, strict=True):
        expected = []
        for choice in choices:
            prompt = tokenizer(llm.render(messages), add_special_tokens=False).input_ids
            tail = tokenizer(choice, add_special_tokens=False).input_ids
            with torch.inference_mode():
                logits = model(torch.tensor([prompt + tail])).logits[0]
            steps = torch.log_softmax(logits, -1)[len(prompt) - 1 : -1]
            expected.append(float(steps.gather(1, torch.tensor(tail)[:, None]).sum()))
        total = math.log(sum(math.exp(e) for e in expected))
        assert row == pytest.approx([e - total for e in expected], abs=1e-3)
        assert sum(math.exp(s) for s in row) == pytest.approx(1.0)


def test_shared_beginning_is_computed_once(model: Any, tokenizer: Any) -> None:
    llm = HuggingFaceLLM(model, tokenizer, "tiny", 512)
    shared = "長い共通の前置き" * 8
    conversations = [[ChatMessage(content=shared + end)] for end in "abcde"]
    llm.score_choices(conversations, ["0", "1"])
    whole = llm.count_prompt_tokens(conversations[0])
    # Of each further prompt only the last letter and the six tokens and bytes that close the turn
    # and open the next one are new: "a", <|im_end|>, \n, <|im_start|>, "assistant", \n.
    fresh = 1 + 1 + 1 + 1 + len("assistant") + 1
    assert llm.model_tokens == whole + 4 * fresh
    # What is asked for counts whole, and nothing is written.
    assert llm.usage == Usage(5 * whole, 0)


@pytest.mark.parametrize("choices", [["はい"], ["はい", ""], ["はい", "はい"]])
def test_choices_that_cannot_decide_are_refused(tokenizer: Any, choices: list[str]) -> None:
    with pytest.raises(ValueError, match="choices"):
        choice_token_ids(tokenizer, choices)
