"""`serve` as the language model of another pipeline: it answers; decisions it does not give."""

from __future__ import annotations

import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import YomitokiError
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings
from pipelines.llms.protocol import Finished
from pipelines.llms.served.opening import open_served
from pipelines.llms.served.served_llm import ServedLLM
from tests.tools.server.running_server import ANSWER, Running

QUESTION = [ChatMessage(content="魚道の工費は？")]


def llm(server: Running, model: str = "default") -> ServedLLM:
    settings = OpenAILikeLLMSettings(
        kind="openai_like", base_url=f"{server.url}/v1", model=model, timeout_seconds=60
    )
    return open_served(settings)


def test_its_answers_stream_with_their_usage(server: Running) -> None:
    *_, finished = llm(server).stream_events(QUESTION, max_new_tokens=200)
    assert isinstance(finished, Finished)
    assert finished.completion.text == f"{ANSWER}\n「{ANSWER}」[1]"
    assert finished.completion.usage.prompt_tokens == len(server.llm.prompts[-1])
    assert finished.completion.usage.completion_tokens == len(ANSWER)


def test_a_decision_is_not_scored_and_an_unknown_model_is_named(server: Running) -> None:
    with pytest.raises(YomitokiError, match="not one of yes, no: not scored"):
        llm(server).score_choices([QUESTION], ["yes", "no"])
    with pytest.raises(YomitokiError, match=r"no model 'defualt'\. Did you mean 'default'"):
        llm(server, "defualt")
