"""llama.cpp's stream when it breaks off, from a server that plays it."""

from __future__ import annotations

from pipelines.llms.protocol import Failed, Token
from pipelines.llms.served.connection import Address, Connection
from pipelines.llms.served.llama_dialect import LlamaDialect
from pipelines.llms.served.served_llm import ServedLLM
from tests.pipelines.llms.served.played_server import Reply, playing, streamed


def test_a_stream_without_an_end_is_a_failure_and_no_short_answer() -> None:
    with playing() as server:
        server.play("/tokenize", Reply({"tokens": [1, 2]}))
        server.play("/completion", streamed({"content": "夜", "stop": False}, done=False))
        connection = Connection(Address(server.url.removesuffix("/v1"), 5.0, attempts=1))
        llm = ServedLLM(connection, LlamaDialect(connection, "m", 100, False), "m", 100)
        first, last = llm._stream("川", {})
    assert first == Token("夜")
    assert isinstance(last, Failed)
    assert "the stream ended before the answer did" in last.reason
