"""The judge behind an address, against a local server in the shape of OpenAI's API."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import ValidationError

from evals.judges.endpoint import Endpoint, EndpointSettings
from pipelines.errors import YomitokiError

MESSAGES = [ChatMessage(role=MessageRole.SYSTEM, content="採点"), ChatMessage(content="夜")]


class Server(HTTPServer):
    reply: Any = None
    status = 200
    asked: dict[str, Any]
    authorization: str | None


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked = json.loads(self.rfile.read(length)) | {"path": self.path}
        self.server.authorization = self.headers.get("Authorization")
        body = json.dumps(self.server.reply).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def endpoint(server: Server, **settings: Any) -> Endpoint:
    address = f"http://127.0.0.1:{server.server_port}/v1"
    values = {"kind": "openai_like", "base_url": address, "model": "m", **settings}
    return EndpointSettings.model_validate(values).build()


def likely(*tokens: tuple[str, float]) -> dict[str, Any]:
    top = [{"token": token, "logprob": math.log(p)} for token, p in tokens]
    return {"choices": [{"logprobs": {"content": [{"top_logprobs": top}]}}]}


def test_choices_are_read_from_the_next_tokens_probabilities(server: Server) -> None:
    server.reply = likely(("4", 0.5), (" 4", 0.1), ("2", 0.2), ("The", 0.2))
    [scores] = endpoint(server, api_key="secret").score_choices([MESSAGES], ["0", "2", "4"])
    assert scores[0] == -math.inf
    assert [math.exp(score) for score in scores[1:]] == pytest.approx([0.25, 0.75])
    assert server.asked["path"] == "/v1/chat/completions"
    assert server.asked["messages"] == [
        {"role": "system", "content": "採点"}, {"role": "user", "content": "夜"},
    ]  # fmt: skip
    assert (server.asked["temperature"], server.asked["logprobs"]) == (0, True)
    assert server.authorization == "Bearer secret"


def test_a_server_without_probabilities_is_asked_in_words(server: Server) -> None:
    server.reply = {"choices": [{"message": {"content": " 2\n"}}]}
    [scores] = endpoint(server).score_choices([MESSAGES], ["0", "2", "4"])
    assert scores == [-math.inf, 0.0, -math.inf]
    assert server.authorization is None


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ({"choices": [{"message": {"content": "4点（2024年）"}}]}, "must be one of 0, 2, 4"),
        (likely(("The", 0.9)), "names none of 0, 2, 4"),
        ({"choices": []}, "no choice in the shape"),
        ({"error": "no such model"}, "no choice in the shape"),
        ({"choices": ["4"]}, "no choice in the shape"),
        ({"choices": [{"message": "4"}]}, "must be one of 0, 2, 4"),
        ({"choices": [{"logprobs": {"content": ["4"]}}]}, "in another shape"),
        ({"choices": [{"logprobs": {"content": [{"top_logprobs": ["4"]}]}}]}, "in another shape"),
    ],
)
def test_nonsense_is_no_rating(server: Server, reply: Any, problem: str) -> None:
    server.reply = reply
    with pytest.raises(YomitokiError, match=problem):
        endpoint(server).score_choices([MESSAGES], ["0", "2", "4"])


def test_a_refusal_or_no_server_is_named(server: Server) -> None:
    server.status = 401
    with pytest.raises(YomitokiError, match="model m: not reached or refused"):
        endpoint(server).score_choices([MESSAGES], ["0", "2"])
    away = EndpointSettings(kind="openai_like", base_url="http://127.0.0.1:9/v1", model="m")
    with pytest.raises(YomitokiError, match="not reached or refused"):
        away.build().score_choices([MESSAGES], ["0", "2"])


def test_an_address_must_be_one_and_the_key_is_not_shown() -> None:
    with pytest.raises(ValidationError):
        EndpointSettings(kind="openai_like", base_url="file:///etc/passwd", model="m")
    secret = EndpointSettings.model_validate(
        {"kind": "openai_like", "base_url": "http://x/v1", "model": "m", "api_key": "secret"}
    )
    assert "secret" not in repr(secret)
    assert "secret" not in secret.model_dump_json()
