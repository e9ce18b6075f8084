"""A model behind OpenAI's API, against a server that plays answers and faults."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import ValidationError

from pipelines.answer import Usage
from pipelines.errors import ConfigError, QuestionError, StoppedError, YomitokiError
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings
from pipelines.llms.protocol import Completion, Failed, Finished, Token
from pipelines.llms.served.opening import open_served
from pipelines.llms.served.served_llm import ServedLLM
from pipelines.notes import noted
from tests.pipelines.llms.served.played_server import (
    PlayedServer,
    Reply,
    delta,
    playing,
    said,
    streamed,
)

CHAT = "/v1/chat/completions"
MESSAGES = [ChatMessage(role=MessageRole.SYSTEM, content="短く"), ChatMessage(content="いつ？")]
USAGE = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3}}


@pytest.fixture
def server() -> Iterator[PlayedServer]:
    with playing() as running:
        yield running


def llm(at: PlayedServer, **settings: Any) -> ServedLLM:
    values = {"kind": "openai_like", "base_url": at.url, "model": "m", **settings}
    return open_served(OpenAILikeLLMSettings.model_validate(values), {"MY_KEY": "se-cret"})


def test_an_answer_streams_and_is_counted_by_the_server(server: PlayedServer) -> None:
    thinking = {"choices": [{"delta": {"reasoning_content": "うーん"}}]}
    server.play(CHAT, streamed(thinking, delta("夜"), delta("七時"), delta("", "stop"), USAGE))
    model = llm(server, api_key_env="MY_KEY")
    events = list(model.stream_events(MESSAGES, max_new_tokens=9, stop=["。", "a", "b", "c", "d"]))
    finished = Finished(Completion("夜七時", Usage(12, 3), cut=False))
    assert events == [Token("夜"), Token("七時"), finished]
    assert model.usage == Usage(12, 3)
    [asked] = server.requests(CHAT)
    assert asked["authorization"] == "Bearer se-cret"
    assert asked["messages"] == [
        {"role": "system", "content": "短く"}, {"role": "user", "content": "いつ？"},
    ]  # fmt: skip
    assert (asked["max_tokens"], asked["temperature"], asked["model"]) == (9, 0.0, "m")
    assert asked["stop"] == ["。", "a", "b", "c"]
    assert asked["stream_options"] == {"include_usage": True}


def test_what_the_server_lets_through_is_cut_here(server: PlayedServer) -> None:
    server.play(CHAT, streamed(delta("<think>え</think>夜で"), delta("す。朝"), delta("も")))
    *_, finished = llm(server).stream_events(MESSAGES, stop=["。"])
    assert isinstance(finished, Finished)
    assert (finished.completion.text, finished.completion.cut) == ("夜です", False)
    server.play(CHAT, streamed(delta("長"), delta("い", "length")))
    assert llm(server).chat(MESSAGES).additional_kwargs["cut"]


def test_a_newer_name_of_the_limit_is_learnt(server: PlayedServer) -> None:
    message = "'max_tokens' is not supported: use 'max_completion_tokens' instead"
    refused = Reply({"error": {"message": message}}, status=400)
    server.play(CHAT, refused, streamed(delta("夜", "stop")))
    model = llm(server)
    assert model.chat(MESSAGES).message.content == "夜"
    assert model.chat(MESSAGES).message.content == "夜"
    names = [("max_tokens" in r, "max_completion_tokens" in r) for r in server.requests(CHAT)]
    assert names == [(True, False), (False, True), (False, True)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_wants(server: PlayedServer, status: int) -> None:
    busy = Reply({"error": "wait"}, status=status, headers={"Retry-After": "1"})
    server.play(CHAT, busy, streamed(delta("夜", "stop")))
    started = time.monotonic()
    assert llm(server).chat(MESSAGES).message.content == "夜"
    assert time.monotonic() - started >= 1.0
    assert len(server.requests(CHAT)) == 2


def test_a_broken_connection_is_tried_again_but_not_after_the_first_word(
    server: PlayedServer,
) -> None:
    server.play(CHAT, Reply(broken=True), streamed(delta("夜", "stop")))
    assert llm(server).chat(MESSAGES).message.content == "夜"
    server.play(CHAT, streamed(delta("夜"), done=False))
    *_, last = llm(server).stream_events(MESSAGES)
    assert isinstance(last, Failed)
    assert "the stream ended before the answer did" in last.reason
    assert len(server.requests(CHAT)) == 3


def error(body: Any, status: int, **headers: str) -> Reply:
    return Reply(body, status=status, headers=headers)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (
            error({"error": {"message": "bad key"}}, 401),
            r"HTTP 401, no access \(bad key\): set llm",
        ),
        (error({"error": {"message": "gone"}}, 404), r"HTTP 404 \(gone\): check llm.base_url"),
        (error({"error": {"code": "insufficient_quota"}}, 429), "HTTP 429$"),
        (error(b"<html>x</html>", 302, Location="http://h/"), "redirects to http://h/: set llm"),
        (error("down", 500, **{"Retry-After": "90"}), "try again in 90 s"),
        (Reply({"choices": []}), "does not stream, but answers"),
        (Reply(b"hello", headers={"Content-Type": "text/event-stream"}), "streams no events"),
        (streamed("text"), "no JSON object"),
        (streamed({"choices": ["x"]}), "another shape than OpenAI's"),
        (streamed({"error": {"message": "out of\x1b[2J memory"}}), r"broke off: out of \[2J mem"),
        (streamed(), "ended before the answer did"),
    ],
)
def test_each_failure_says_what_it_is(server: PlayedServer, reply: Reply, problem: str) -> None:
    server.play(CHAT, reply)
    with pytest.raises(YomitokiError, match=problem) as raised:
        llm(server).chat(MESSAGES)
    assert server.url.removesuffix("/v1") in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_prompt_that_is_too_long_for_the_server_is_the_questions_fault(
    server: PlayedServer,
) -> None:
    for kind, message in (
        ("exceed_context_size_error", "request (9 tokens) exceeds"),
        ("x", "This model's maximum context length is 8 tokens"),
    ):
        server.play(CHAT, Reply({"error": {"type": kind, "message": message}}, status=400))
        with pytest.raises(QuestionError, match="does not fit"):
            llm(server).chat(MESSAGES)


def test_silence_ends_and_so_does_waiting(server: PlayedServer) -> None:
    waiting = threading.Event()
    server.play(CHAT, Reply(said("夜").body, pause=lambda: waiting.wait(20)))
    with pytest.raises(YomitokiError, match=r"silent for 0.3 s: raise llm.timeout_seconds"):
        llm(server, timeout_seconds=0.3, attempts=1).score_choices([MESSAGES], ["a", "b"])
    model = llm(server)
    started = time.monotonic()
    with (
        model.stopping(lambda: time.monotonic() - started > 0.3),
        pytest.raises(StoppedError),
    ):
        model.score_choices([MESSAGES], ["a", "b"])
    assert time.monotonic() - started < 10
    waiting.set()


def test_a_text_that_nobody_reads_on_is_broken_off(server: PlayedServer) -> None:
    endless = [delta("夜")] * 2000
    server.play(CHAT, streamed(*endless, pause=lambda: time.sleep(0.01)))
    model = llm(server)
    stream = model.stream_events(MESSAGES)
    assert next(stream) == Token("夜")
    stream.close()  # type: ignore[attr-defined]
    assert server.left.acquire(timeout=20), "the server writes on"
    assert model.usage.completion_tokens == 1
    stop = False
    with model.stopping(lambda: stop):
        events = model.stream_events(MESSAGES)
        assert next(events) == Token("夜")
        stop = True
        *_, last = events
    assert isinstance(last, Finished)
    assert last.completion.cut


def likely(*tokens: tuple[str, float]) -> Reply:
    top = [{"token": token, "logprob": math.log(p)} for token, p in tokens]
    return said("x", logprobs={"content": [{"token": "x", "logprob": 0.0, "top_logprobs": top}]})


def test_choices_are_read_from_the_next_tokens_probabilities(server: PlayedServer) -> None:
    server.play(CHAT, likely(("Yes", 0.5), (" yes", 0.1), ("no", 0.2), ("The", 0.1)))
    model = llm(server)
    [row] = model.score_choices([MESSAGES], ["yes", "no"])
    assert [math.exp(score) for score in row] == pytest.approx([0.75, 0.25])
    [asked] = server.requests(CHAT)
    assert (asked["logprobs"], asked["top_logprobs"], asked["max_tokens"]) == (True, 20, 1)
    assert model.usage == Usage(7, 1)


def test_a_choice_in_words_is_held_to_a_schema_and_noted(server: PlayedServer) -> None:
    server.play(CHAT, said("夜"), said('{"answer": "no"}'))
    model = llm(server)
    with noted() as notes:
        [row] = model.score_choices([MESSAGES], ["yes", "no"])
    assert row == pytest.approx([math.log(1e-6), math.log(1 - 1e-6)])
    assert "without a grade" in notes[0]
    schema = server.requests(CHAT)[1]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["answer"]["enum"] == ["yes", "no"]
    model.score_choices([MESSAGES], ["yes", "no"])
    assert len(server.requests(CHAT)) == 3, "what the server lacks is asked for once"


def test_without_schemas_the_choice_must_be_said_and_nothing_else(server: PlayedServer) -> None:
    unknown = Reply({"error": {"message": "unsupported_parameter"}}, status=400)
    server.play(CHAT, unknown, unknown, said(" yes\n"), said("4点（2024年）"))
    model = llm(server)
    [row] = model.score_choices([MESSAGES], ["yes", "no"])
    assert row[0] > row[1]
    with pytest.raises(YomitokiError, match="says '4点（2024年）', not one of yes, no: not scored"):
        model.score_choices([MESSAGES], ["yes", "no"])


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (likely(("The", 0.9), ("I", 0.1)), "likely next words are 'The', 'I', not one of yes, no"),
        (likely(("yes", 1e-8), ("The", 0.9)), "all choices together a probability of"),
        (said("x", logprobs={"content": ["4"]}), "another shape"),
        (said("x", logprobs={"content": [{"top_logprobs": ["4"]}]}), "another shape"),
        (Reply({"choices": ["4"]}), "no choice in the shape"),
        (Reply(b"<html>"), "answers no JSON, but '<html>'"),
        (Reply([1]), "answers no JSON object"),
    ],
)
def test_nonsense_is_no_decision(server: PlayedServer, reply: Reply, problem: str) -> None:
    server.play(CHAT, reply)
    with pytest.raises(YomitokiError, match=problem):
        llm(server).score_choices([MESSAGES], ["yes", "no"])


def test_texts_are_not_scored_and_the_model_says_so(server: PlayedServer) -> None:
    model = llm(server)
    assert not model.scores_texts
    with pytest.raises(YomitokiError, match=r"not scored: take llama\.cpp or vLLM"):
        model.log_likelihoods(MESSAGES, ["夜"])


def test_the_model_and_the_key_are_checked_at_once(server: PlayedServer) -> None:
    server.lists(["qwen2.5:7b", "llama3:latest"])
    with pytest.raises(YomitokiError, match=r"no model 'qwen2.5:7'. Did you mean 'qwen2.5:7b'"):
        llm(server, model="qwen2.5:7")
    assert llm(server, model="llama3").model_name == "llama3"
    with pytest.raises(ConfigError, match="environment variable NO_KEY is not set"):
        llm(server, api_key_env="NO_KEY")
    server.play("/v1/models", Reply({"error": "who?"}, status=401))
    with pytest.raises(YomitokiError, match="MY_KEY holds another key"):
        llm(server, api_key_env="MY_KEY")
    server.play("/v1/models", Reply({"detail": "Not Found"}, status=404))
    assert llm(server).model_name == "m", "not every server lists its models"
    with pytest.raises(ConfigError, match=r"/props does not answer as llama.cpp does"):
        llm(server, server="llama_cpp")
    with pytest.raises(ConfigError, match=r"generation.top_k: .* has no such option"):
        llm(server, generation={"top_k": 5})


def test_no_server_is_said_at_once() -> None:
    with playing() as server:
        pass
    with pytest.raises(YomitokiError, match=r"not reached \(.*refused\): start the server"):
        llm(server)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "127.0.0.1:80", "http://u:pw@h/v1", "http://h/v1?key=1", "x"]
)
def test_an_address_must_be_one_and_holds_no_secret(address: str) -> None:
    with pytest.raises(ValidationError, match="must"):
        OpenAILikeLLMSettings(kind="openai_like", base_url=address, model="m")
    with pytest.raises(ValidationError):
        OpenAILikeLLMSettings.model_validate(
            {"kind": "openai_like", "base_url": "http://h/v1", "model": "m", "api_key": "x"}
        )
