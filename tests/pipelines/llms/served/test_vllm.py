"""vLLM's way to ask, against a server of its documented shape around a model of transformers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.answer import Usage
from pipelines.errors import YomitokiError
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings
from pipelines.llms.protocol import Finished
from pipelines.llms.served.opening import open_served
from pipelines.llms.served.served_llm import ServedLLM
from tests.pipelines.llms.served.played_server import PlayedServer, Reply, playing, streamed

MESSAGES = [ChatMessage(content="川会議はいつ？")]
COMPLETIONS = "/v1/completions"


class LikeVllm:
    """The paths that vLLM has beside /v1/models."""

    def __init__(self, llm: HuggingFaceLLM, server: PlayedServer) -> None:
        self.llm = llm
        server.lists(["m"], owner="vllm", max_model_len=300)
        server.play("/tokenize", self.tokenize)
        server.play("/detokenize", self.detokenize)
        server.play(COMPLETIONS, self.complete)

    def tokenize(self, request: dict[str, Any]) -> Reply:
        if "messages" in request:
            assert request["chat_template_kwargs"] == {"enable_thinking": False}
            turns = [
                ChatMessage(role=MessageRole(turn["role"]), content=turn["content"])
                for turn in request["messages"]
            ]
            text = self.llm.render(turns)
        else:
            text = request["prompt"]
            assert request["add_special_tokens"] is False
        ids = self.llm.tokenizer(text, add_special_tokens=False).input_ids
        return Reply({"count": len(ids), "max_model_len": 300, "tokens": ids})

    def detokenize(self, request: dict[str, Any]) -> Reply:
        return Reply({"prompt": self.llm.tokenizer.decode(request["tokens"])})

    def complete(self, request: dict[str, Any]) -> Reply:
        if request.get("stream"):
            usage = {"prompt_tokens": len(request["prompt"]), "completion_tokens": 2}
            return streamed(
                {"choices": [{"index": 0, "text": "夜で", "finish_reason": None}]},
                {"choices": [{"index": 0, "text": "す", "finish_reason": "stop"}]},
                {"choices": [], "usage": usage},
            )
        assert (request["echo"], request["max_tokens"]) == (True, 1)
        choices = []
        for index, ids in enumerate(request["prompt"]):
            with torch.inference_mode():
                logits = self.llm.causal_model(torch.tensor([ids])).logits[0].float()
            steps = torch.log_softmax(logits, -1)
            own = [float(steps[at, token]) for at, token in enumerate(ids[1:])]
            scores = [None, *own, float(steps[-1].max())]
            choices.append({"index": index, "logprobs": {"token_logprobs": scores}})
        return Reply({"choices": choices[::-1]})


@pytest.fixture
def server(torch_llm: HuggingFaceLLM) -> Iterator[PlayedServer]:
    with playing() as running:
        LikeVllm(torch_llm, running)
        yield running


def llm(at: PlayedServer) -> ServedLLM:
    settings = OpenAILikeLLMSettings(kind="openai_like", base_url=at.url, model="m")
    return open_served(settings)


def test_choices_and_texts_have_the_models_own_log_probabilities(
    server: PlayedServer, torch_llm: HuggingFaceLLM
) -> None:
    remote = llm(server)
    assert remote.scores_texts
    assert remote.context_window == 300
    for choices in (["a", "b"], ["はい", "no"]):
        assert remote.score_choices([MESSAGES], choices)[0] == pytest.approx(
            torch_llm.score_choices([MESSAGES], choices)[0], abs=1e-3
        )
    texts = ["abc", "いつ"]
    mine, theirs = (model.log_likelihoods(MESSAGES, texts) for model in (remote, torch_llm))
    assert [text.tokens for text in mine] == [text.tokens for text in theirs] == [3, 6]
    assert [text.log_probability for text in mine] == pytest.approx(
        [text.log_probability for text in theirs], abs=1e-3
    )
    assert len(server.requests(COMPLETIONS)) == 3, "one request, however many texts"


def test_text_streams_from_token_ids(server: PlayedServer, torch_llm: HuggingFaceLLM) -> None:
    remote = llm(server)
    *_, finished = remote.stream_events(MESSAGES, max_new_tokens=500)
    assert isinstance(finished, Finished)
    assert finished.completion.text == "夜です"
    prompt = torch_llm.count_prompt_tokens(MESSAGES)
    assert finished.completion.usage == Usage(prompt, 2)
    [asked] = server.requests(COMPLETIONS)
    assert len(asked["prompt"]) == prompt
    assert asked["max_tokens"] == 300 - prompt, "no longer than the window leaves"
    assert asked["top_k"] == -1
    assert "川会議はいつ？" in remote.render(MESSAGES)


def test_what_echoes_nothing_is_no_vllm(server: PlayedServer) -> None:
    remote = llm(server)
    server.play(COMPLETIONS, Reply({"choices": [{"index": 0, "text": "x"}] * 2}))
    with pytest.raises(YomitokiError, match="echoes no prompt with log-probabilities"):
        remote.score_choices([MESSAGES], ["a", "b"])


def test_where_its_own_paths_are_closed_openais_are_left(server: PlayedServer) -> None:
    server.play("/tokenize", Reply({"detail": "Not Found"}, status=404))
    assert not llm(server).scores_texts


def test_too_few_log_probabilities_are_no_score(server: PlayedServer) -> None:
    remote = llm(server)
    short = {"index": 0, "logprobs": {"token_logprobs": [None, -1.0]}}
    server.play(COMPLETIONS, Reply({"choices": [short, {**short, "index": 1}]}))
    with pytest.raises(YomitokiError, match="echoes no prompt with log-probabilities"):
        remote.score_choices([MESSAGES], ["a", "b"])
