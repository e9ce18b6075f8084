"""A real server in a thread, over a real pipeline whose language model follows a script."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from llama_index.core.base.llms.types import ChatMessage
from pydantic import SecretStr

from pipelines.answer import Usage
from pipelines.config import load_config
from pipelines.indexing import ingest_paths
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.llms.protocol import Completion, Failed, Finished, StreamEvent, Token
from tests.pipelines.scripted_llm import ScriptedLLM
from tools.commands.serving import Collections
from tools.server.access import Access
from tools.server.application import make_application
from tools.server.listening import Server, address, listening_socket
from tools.server.served_model import ServedModel, ServedModels
from tools.server.service import Service

ANSWER = "魚道の工費は三億円です。"
ATTACK = "<script>alert(1)</script>\x1b]52;c;cm0gLXJmIH4=\x07\u202egpj.exe"
DOCUMENT = f"魚道の工費は三億円です。\n\n委員は五人です。\n\n攻撃の文は{ATTACK}です。\n"
# Everything is found, nothing refused unasked, and no fact checked: what is tested is the server.
SETTINGS = (
    "postprocessors=[]",
    "query_engine.sufficient=0",
    "query_engine.check_numbers=false",
    "query_engine.max_new_tokens=100",
)
RANKING = "query_engine={kind: multiple_choice}"


@dataclass
class TypingLLM(ScriptedLLM):
    """Writes a letter a token, pausing before each for `pause` seconds.

    `slow` in a question makes it write for a minute; `started` and `ended` count answers.
    """

    answer: str = ANSWER
    pause: float = 0.0
    model_seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    started: int = 0
    ended: int = 0
    working: int = 0
    most_working: int = 0
    generation: GenerationOptions = field(default_factory=GenerationOptions)
    chosen: list[GenerationOptions] = field(default_factory=list)

    def with_generation(self, options: GenerationOptions) -> TypingLLM:
        self.chosen.append(options)
        return self

    @contextmanager
    def stopping(self, when: Callable[[], bool] | None) -> Iterator[None]:  # noqa: ARG002
        yield

    def stream_events(
        self, messages: Sequence[ChatMessage], **options: object
    ) -> Iterator[StreamEvent]:
        prompt = self.render(messages)
        self.prompts.append(prompt)
        self.options.append(options)
        slow = "slow" in prompt.rpartition("[質問]")[2]
        if "break" in prompt.rpartition("[質問]")[2]:
            raise RuntimeError("a bug in /srv/secret/model.py")
        self.started += 1
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        text = "".join(f"語{n}、" for n in range(600)) if slow else self.answer
        most = int(str(options.get("max_new_tokens", 100)))
        written = ""
        try:
            for letter in text[: 10_000 if slow else most]:
                time.sleep(0.03 if slow else self.pause)
                written += letter
                yield Token(letter)
            if self.fails:
                yield Failed(self.fails)
                return
            yield Finished(Completion(written, Usage(len(prompt), len(written))))
        finally:
            self.ended += 1
            self.working -= 1


@dataclass
class Running:
    """A server that runs, what it is made of, and a client of it."""

    url: str
    llm: TypingLLM
    service: Service
    server: Server
    client: httpx2.Client
    thread: threading.Thread

    def post(self, path: str, **body: Any) -> httpx2.Response:
        return self.client.post(path, json=body)

    def chat(self, question: str, **more: Any) -> httpx2.Response:
        messages = [{"role": "user", "content": question}]
        return self.post("/v1/chat/completions", model="default", messages=messages, **more)


def error_of(response: httpx2.Response) -> dict[str, Any]:
    """The error of a response, its shape checked."""
    body = response.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert "Traceback" not in response.text
    assert "/srv" not in response.text
    return error


def ingested(home: Path) -> Path:
    """A home with the collection `default` of one document."""
    (home / "工費.md").write_text(DOCUMENT, encoding="utf-8")
    assert not ingest_paths(load_config(None, []), home, [home / "工費.md"]).failed
    return home


@contextmanager
def running(
    home: Path,
    llm: TypingLLM | None = None,
    queue: int = 16,
    seconds: float = 60.0,
    token: str | None = None,
    hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
) -> Iterator[Running]:
    """A server on a free port, ended and its threads gone at the end."""
    llm = llm or TypingLLM()
    models = ServedModels(
        [
            ServedModel("default", load_config(None, SETTINGS)),
            ServedModel("options", load_config(None, [*SETTINGS[:1], RANKING])),
            ServedModel(
                "asking",
                load_config(None, [*SETTINGS, "retriever={kind: hyde, inner: {kind: bm25}}"]),
            ),
        ]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HuggingFaceLLMSettings, "build", lambda *_: llm)
        secret = SecretStr(token) if token else None
        access = Access.of("127.0.0.1", secret, hosts, origins)
        service = Service(models, home, Collections(home), queue, seconds)
        server = Server(make_application(service, access), service)
        with listening_socket("127.0.0.1", 0) as bound:
            url = address(bound)
            thread = threading.Thread(target=server.serve_until_told, args=(bound,))
            thread.start()
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            try:
                with httpx2.Client(base_url=url, timeout=60, headers=headers) as client:
                    wait_until(lambda: client.get("/ready").status_code == 200)
                    yield Running(url, llm, service, server, client, thread)
            finally:
                server.end()
                thread.join(30)
                assert not thread.is_alive()


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to be so"
        time.sleep(0.02)
