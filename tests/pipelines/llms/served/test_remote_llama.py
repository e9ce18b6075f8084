"""llama.cpp's own server over HTTP, as somebody starts it for `openai_like`, in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import QuestionError, YomitokiError
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings, ServerKind
from pipelines.llms.protocol import Finished
from pipelines.llms.served.opening import open_served
from pipelines.llms.served.served_llm import ServedLLM

MESSAGES = [ChatMessage(content="川会議はいつ？")]
SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.api_keys = sys.argv[1], ["se-cret"]
params.model_alias = {"tiny"}
params.n_ctx, params.n_parallel, params.warmup, params.verbosity = 512, 1, False, -1
params.cpuparams.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def address(gguf: Path) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(gguf)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait(timeout=60)


def llm(address: str, key: str = "se-cret", server: ServerKind = "auto") -> ServedLLM:
    settings = OpenAILikeLLMSettings(
        kind="openai_like", base_url=f"{address}/v1", model="tiny", api_key_env="KEY", server=server
    )
    return open_served(settings, {"KEY": key})


def test_it_is_recognised_and_scores_as_transformers_does(
    address: str, torch_llm: HuggingFaceLLM
) -> None:
    remote = llm(address)
    assert remote.scores_texts
    assert remote.context_window == 512
    assert remote.count_prompt_tokens(MESSAGES) == torch_llm.count_prompt_tokens(MESSAGES)
    mine, theirs = (model.score_choices([MESSAGES], ["a", "b"])[0] for model in (remote, torch_llm))
    assert mine == pytest.approx(theirs, abs=2e-3)
    texts = ["いい", "abc"]
    assert [t.log_probability for t in remote.log_likelihoods(MESSAGES, texts)] == pytest.approx(
        [t.log_probability for t in torch_llm.log_likelihoods(MESSAGES, texts)], abs=1e-2
    )
    *_, finished = remote.stream_events(MESSAGES, max_new_tokens=6)
    assert isinstance(finished, Finished)
    assert finished.completion.usage.prompt_tokens == remote.count_prompt_tokens(MESSAGES)
    with pytest.raises(YomitokiError, match="KEY holds another key"):
        llm(address, key="wrong").score_choices([MESSAGES], ["a", "b"])


def test_by_openais_api_alone_it_answers_and_decides(address: str) -> None:
    """What is left where /v1 alone is passed on."""
    plain = llm(address, server="openai")
    assert not plain.scores_texts
    *_, finished = plain.stream_events(MESSAGES, max_new_tokens=6)
    assert isinstance(finished, Finished)
    assert finished.completion.usage.completion_tokens <= 6
    assert finished.completion.usage.prompt_tokens > len("川会議はいつ？")
    # A token that is half a character comes without log-probabilities, so several are drawn.
    drawn = [
        httpx2.post(
            f"{address}/v1/chat/completions",
            headers={"Authorization": "Bearer se-cret"},
            json={"messages": [{"role": "user", "content": "川会議はいつ？"}], "max_tokens": 1,
                  "logprobs": True, "top_logprobs": 3, "seed": seed},
        ).json()["choices"][0]
        for seed in range(20)
    ]  # fmt: skip
    [likely, *_] = [c["logprobs"]["content"][0]["top_logprobs"] for c in drawn if "logprobs" in c]
    letters = sorted({t["token"] for t in likely if t["token"].isascii() and t["token"].strip()})
    if len(letters) > 1:
        [row] = plain.score_choices([MESSAGES], letters[:2])
        assert sum(2.718281828**score for score in row) == pytest.approx(1.0)
    with pytest.raises(QuestionError, match="does not fit"):
        plain.chat([ChatMessage(content="x" * 900)])
    seeded = plain.with_generation(GenerationOptions(temperature=1.0, seed=3, max_new_tokens=8))
    first, second = (seeded.chat(MESSAGES).message.content for _ in range(2))
    assert first == second
