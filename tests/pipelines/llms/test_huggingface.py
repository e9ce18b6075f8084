from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import ConfigError, StoppedError, YomitokiError
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.protocol import Failed, Finished, Token

ASK = [ChatMessage(content="東京は？")]


def make(model: Any, tokenizer: Any, window: int = 512, **options: Any) -> HuggingFaceLLM:
    return HuggingFaceLLM(model, tokenizer, "tiny", window, GenerationOptions(**options))


def reference(model: Any, tokenizer: Any, prompt: str, **options: Any) -> str:
    """What transformers' own generate writes after the same tokens."""
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False).input_ids
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), pad_token_id=tokenizer.eos_token_id, **options
    )
    text: str = tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
    return text.lstrip()


def test_greedy_text_is_that_of_transformers(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=24)
    expected = reference(model, tokenizer, llm.render(ASK), max_new_tokens=24, do_sample=False)
    assert llm.chat(ASK).message.content == expected


def test_repetition_penalty_is_that_of_transformers(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=16)
    expected = reference(
        model,
        tokenizer,
        llm.render(ASK),
        max_new_tokens=16,
        do_sample=False,
        repetition_penalty=1.7,
    )
    assert llm.chat(ASK, repetition_penalty=1.7).message.content == expected


@pytest.mark.parametrize(
    "options", [{}, {"temperature": 1.5, "seed": 4}, {"repetition_penalty": 0.1}]
)
def test_guesses_save_passes_and_change_no_token(
    model: Any, tokenizer: Any, options: dict[str, Any]
) -> None:
    plain = make(model, tokenizer, window=500)
    guessing = HuggingFaceLLM(model, tokenizer, "tiny", 500, GenerationOptions(), draft_tokens=4)
    ask = [ChatMessage(content="ababababab cdcdcdcd " * 8)]
    for length in (1, 2, 7, 120):
        expected = plain.chat(ask, max_new_tokens=length, **options)
        before = guessing.model_passes
        got = guessing.chat(ask, max_new_tokens=length, **options)
        assert got.message.content == expected.message.content
        assert got.additional_kwargs == expected.additional_kwargs
    if "repetition_penalty" in options:  # below 1 it makes even a random model repeat itself
        assert guessing.model_passes - before < 80  # for 120 tokens


def test_prompt_that_is_being_read_can_be_stopped(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer)
    ask = [ChatMessage(content="長い質問" * 30)]
    with llm.stopping(lambda: True), pytest.raises(StoppedError):
        llm.chat(ask)
    assert llm.model_passes == 0
    assert llm.chat(ask, max_new_tokens=1).message.content is not None


def test_pieces_make_the_whole(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=20)
    events = list(llm.stream_events(ASK))
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert "".join(e.text for e in events if isinstance(e, Token)) == finished.completion.text


def test_usage_counts_prompt_and_answer(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=5)
    finished = list(llm.stream_events(ASK))[-1]
    assert isinstance(finished, Finished)
    # <s> and two turn marks with their bytes: a token a byte in this tokenizer.
    text = "user\n東京は？\nassistant\n"
    assert finished.completion.usage.prompt_tokens == 1 + 3 + len(text.encode())
    assert finished.completion.usage.completion_tokens == 5
    assert finished.completion.cut


def test_sampling_repeats_with_its_seed_only(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=12, temperature=1.5)
    first, again, other = (llm.chat(ASK, seed=s).message.content for s in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("option", [{"top_k": 1}, {"top_p": 1e-6}, {"epsilon_cutoff": 0.9}])
def test_each_filter_can_leave_only_the_likeliest_token(
    model: Any, tokenizer: Any, option: dict[str, Any]
) -> None:
    greedy = make(model, tokenizer, max_new_tokens=8).chat(ASK).message.content
    sampled = make(model, tokenizer, max_new_tokens=8, temperature=5.0).chat(ASK, seed=3, **option)
    assert sampled.message.content == greedy


def test_options_of_one_call_do_not_stay(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=6)
    before = llm.chat(ASK).message.content
    llm.chat(ASK, temperature=2.0, seed=1)
    assert llm.chat(ASK).message.content == before


def test_unknown_and_wrong_options_are_told(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer)
    with pytest.raises(ConfigError, match=r"topp.*allowed are .*top_p"):
        llm.stream_events(ASK, topp=0.5)
    with pytest.raises(ConfigError, match="top_p"):
        llm.stream_events(ASK, top_p=1.5)


def test_stop_string_ends_the_answer(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=24)
    whole = llm.chat(ASK).message.content or ""
    assert len(whole) > 3
    assert llm.chat(ASK, stop=(whole[2],)).message.content == whole[: whole.index(whole[2])]


def test_stop_strings_of_a_call_are_added_to_those_of_the_settings() -> None:
    options = GenerationOptions(stop=("終", "了")).override({"stop": ("了", "。")})
    assert options.stop == ("終", "了", "。")


def test_prompt_over_the_window_is_an_error_not_a_cut(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, window=128)
    long = [ChatMessage(content="あ" * 100)]
    with pytest.raises(YomitokiError, match=r"does not fit into the context window of 128"):
        llm.stream_events(long)
    with pytest.raises(YomitokiError, match="does not fit"):
        llm.score_choices([long], ["a", "b"])


def test_answer_ends_at_the_window(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, window=128, max_new_tokens=500)
    prompt = llm.count_prompt_tokens(ASK)
    finished = list(llm.stream_events(ASK, temperature=3.0, seed=1))[-1]
    assert isinstance(finished, Finished)
    assert prompt + finished.completion.usage.completion_tokens <= 128


def test_window_is_never_larger_than_the_model_has(model: Any, tokenizer: Any) -> None:
    assert make(model, tokenizer, window=100_000).context_window == 512


def test_closing_the_stream_stops_the_model(model: Any, tokenizer: Any) -> None:
    llm = make(model, tokenizer, max_new_tokens=400)
    events = llm.stream_events(ASK, temperature=1.0, seed=5)
    list(itertools.islice((e for e in events if isinstance(e, Token)), 2))
    at_stop = llm.model_tokens
    events.close()  # type: ignore[attr-defined]
    assert llm.model_tokens == at_stop
    assert at_stop < 400
    assert llm.usage.prompt_tokens == llm.count_prompt_tokens(ASK)
    assert 2 <= llm.usage.completion_tokens <= at_stop
    assert llm.chat(ASK, max_new_tokens=3).message.content is not None


class Breaking:
    """A model that fails at its third pass."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.config, self.device = inner.config, inner.device
        self.passes = 0

    def __call__(self, **inputs: Any) -> Any:
        self.passes += 1
        if self.passes == 3:
            raise RuntimeError("out of memory")
        return self._inner(**inputs)


def test_failure_ends_the_stream_with_an_event(model: Any, tokenizer: Any) -> None:
    llm = make(Breaking(model), tokenizer, max_new_tokens=10)
    events = list(llm.stream_events(ASK, temperature=1.0, seed=5))
    assert events[-1] == Failed("tiny: generation failed: out of memory")
    expected = make(model, tokenizer, max_new_tokens=4).chat(ASK).message.content
    assert llm.chat(ASK, max_new_tokens=4).message.content == expected


def test_chat_raises_when_generation_fails(model: Any, tokenizer: Any) -> None:
    llm = make(Breaking(model), tokenizer, max_new_tokens=10)
    with pytest.raises(YomitokiError, match="out of memory"):
        llm.chat(ASK, temperature=1.0, seed=5)


def test_complete_goes_through_the_template_and_formatted_does_not(
    model: Any, tokenizer: Any
) -> None:
    llm = make(model, tokenizer, max_new_tokens=8)
    by_chat = llm.chat(ASK).message.content
    assert llm.complete("東京は？").text == by_chat
    assert llm.complete(llm.render(ASK), formatted=True).text == by_chat
    *_, last = llm.stream_complete("東京は？")
    assert last.text == by_chat


def test_pad_token_is_set(model: Any, tokenizer: Any) -> None:
    assert tokenizer.pad_token_id is None
    make(model, tokenizer)
    assert tokenizer.pad_token_id == tokenizer.eos_token_id
