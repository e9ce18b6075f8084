"""/search, /ask and /collections: the command line's records; hostile text in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.config import load_config
from pipelines.rag import RagPipeline
from tests.tools.server.running_server import ANSWER, ATTACK, SETTINGS, Running, error_of
from tools.records import ask_record, search_record


def timeless(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "seconds": set(record["seconds"])}


def same(value: object) -> Any:
    """A record as JSON gives it back."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("top_k", [None, 1])
def test_search_is_what_the_command_line_writes(
    server: Running, home: Any, top_k: int | None
) -> None:
    question = "魚道の工費は？"
    with RagPipeline.open(load_config(None, SETTINGS), home) as pipeline:
        wanted = same(search_record(pipeline.search(question, top_k)))
    body = {"question": question} | ({"top_k": top_k} if top_k else {})
    response = server.post("/search", **body)
    assert response.status_code == 200
    assert list(response.json()) == ["question", "nodes", "seconds"]
    assert timeless(response.json()) == timeless(wanted)


def test_ask_is_what_the_command_line_writes(server: Running, home: Any) -> None:
    question = "魚道の工費は？"
    with RagPipeline.open(load_config(None, SETTINGS), home) as pipeline:
        wanted = same(ask_record(pipeline.ask(question)))
    response = server.post("/ask", question=question)
    assert response.status_code == 200
    assert wanted["answer"].startswith(ANSWER)
    assert timeless(response.json()) == timeless(wanted)


def test_options_are_ranked_by_a_model_that_ranks(server: Running) -> None:
    asked = {"question": "工費は？", "options": ["三億円", "二億円"]}
    ranking = server.post("/ask", model="options", **asked).json()["ranking"]
    assert {ranked["text"] for ranked in ranking} == {"三億円", "二億円"}
    assert error_of(server.post("/ask", model="options", question="工費は？"))["param"] == "options"
    assert "ranks none: leave them out" in error_of(server.post("/ask", **asked))["message"]
    twice = {**asked, "options": ["a", "a"]}
    assert (
        "two of them are equal"
        in error_of(server.post("/ask", model="options", **twice))["message"]
    )


def test_a_search_that_asks_the_model_uses_it(server: Running) -> None:
    before = len(server.llm.prompts)
    assert server.post("/search", model="asking", question="工費は？").status_code == 200
    assert len(server.llm.prompts) == before + 1


def test_a_filter_holds_for_one_request(server: Running) -> None:
    for _ in range(2):
        nothing = server.post("/search", question="工費", where={"source": ["x*"]})
        assert nothing.status_code == 400
        assert (
            "no passage of collection 'default' matches source=x*" in error_of(nothing)["message"]
        )
        assert server.post("/search", question="工費").json()["nodes"]
    assert server.post("/search", question="工費", where={"source": ["工*"]}).json()["nodes"]


def test_collections_are_told_without_folders(server: Running, home: Any) -> None:
    (one,) = server.client.get("/collections").json()
    assert (one["name"], one["documents"], one["problem"], one["writing"]) == (
        "default",
        1,
        "",
        False,
    )
    shown = server.client.get("/collections/default").json()
    assert [file["source"] for file in shown["files"]] == ["工費.md"]
    assert {**shown, "files": None} == {**one, "files": None}
    assert str(home) not in server.client.get("/collections/default").text
    missing = server.client.get("/collections/nope")
    assert missing.status_code == 404
    assert error_of(missing)["code"] == "collection_not_found"


def test_hostile_sources_are_inert_and_read_back_as_they_are(server: Running) -> None:
    response = server.post("/search", question="攻撃の文")
    assert ATTACK in response.json()["nodes"][0]["text"]
    for active in ("\x1b", "\x07", "\u202e"):
        assert active not in response.text, "a terminal would obey it"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff", "no browser takes it for a page"


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/search", {}, "question"),
        ("/search", {"question": ""}, "question"),
        ("/search", {"question": "!"}, "question"),
        ("/search", {"question": "nul\0"}, "question"),
        ("/search", {"question": 1}, "question"),
        ("/search", {"question": "x" * 8001}, "question"),
        ("/search", {"question": "x", "top_k": 0}, "top_k"),
        ("/search", {"question": "x", "top_k": 201}, "top_k"),
        ("/search", {"question": "x", "top_k": 1.5}, "top_k"),
        ("/search", {"question": "x", "topk": 1}, "topk"),
        ("/search", {"question": "x", "collection": "a\0"}, "collection"),
        ("/search", {"question": "x", "where": {"time": "9-1"}}, "where.time"),
        ("/search", {"question": "x", "where": {"time": "9" * 40 + "-"}}, "where.time"),
        ("/search", {"question": "x", "where": {"source": ["\0"]}}, "where.source.0"),
        ("/search", {"question": "x", "where": {"speeker": ["a"]}}, "where.speeker"),
        ("/ask", {"question": "x", "options": ["a"] * 27}, "options"),
        ("/v1/embeddings", {"model": "default", "input": "nul\0"}, "input"),
    ],
)
def test_wrong_keys_are_named(
    server: Running, path: str, body: dict[str, object], param: str
) -> None:
    response = server.post(path, **body)
    assert response.status_code == 400
    error = error_of(response)
    assert error["param"] == param
    assert error["message"].startswith(f"{param}: ")


@pytest.mark.parametrize("path", ["/search", "/ask", "/v1/embeddings", "/v1/chat/completions"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"question": NaN}',
        b'{"question": "\\ud800 alone"}',
        b'{"model": "default", "input": "\\udfff"}',
        b'{"model": "default", "messages": [{"role": "user", "content": "\\ud83d half"}]}',
        b'{"model": "default\\ud800", "messages": [{"role": "user", "content": "x"}]}',
        b'{"\\ud800": 1}',
        b"[" * 100_000,
        b'{"question": ' + b"1" * 10_000 + b"}",
        b'{"question": "a", "question": "b", "top_k": 1e400}',
    ],
)
def test_bad_json_and_half_characters_are_400(server: Running, path: str, body: bytes) -> None:
    response = server.client.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    error_of(response)


def test_paths_and_methods_that_there_are_not(server: Running) -> None:
    for path in (
        "/",
        "/v1",
        "/v1/completions",
        "/docs",
        "/collections/a/b",
        "/%00",
        "/../etc/passwd",
    ):
        assert error_of(server.client.get(path))["code"] == "not_found"
    wrong = server.client.get("/search")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    error_of(wrong)


def test_a_bug_is_a_number_for_the_client_and_a_line_in_the_log(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    response = server.post("/ask", question="break it")
    assert response.status_code == 500
    message = error_of(response)["message"]
    number = message.rpartition(" ")[2]
    assert f"error {number}: internal error: RuntimeError: a bug in /srv/secret" in caplog.text
    assert server.post("/ask", question="工費は？").status_code == 200


def test_the_schema_names_every_route_and_the_errors(server: Running) -> None:
    schema = server.client.get("/openapi.json").json()
    assert set(schema["paths"]) == {
        *("/v1/models", "/v1/models/{model}", "/v1/chat/completions", "/v1/embeddings"),
        *("/search", "/ask", "/collections", "/collections/{name}"),
        *("/health", "/ready", "/metrics"),
    }
    responses = schema["paths"]["/ask"]["post"]["responses"]
    assert {"200", "400", "401", "403", "404", "413", "429", "500", "504"} <= set(responses)
    assert "422" not in responses


def test_metrics_count_and_tell_no_question(server: Running) -> None:
    server.post("/ask", question="工費はいくらですか？")
    server.client.get("/collections/some%20name")
    text = server.client.get("/metrics").text
    assert 'yomitoki_requests_total{method="POST",route="/ask",status="200"}' in text
    assert 'route="/collections/{name}",status="404"' in text
    assert 'yomitoki_stage_seconds_bucket{le="0.01",stage="retrieving"}' in text
    assert 'yomitoki_job_seconds_count{ended="done",kind="ask"}' in text
    assert 'yomitoki_queue_length{worker="answer"} 0.0' in text
    assert "工費" not in text
    assert "some" not in text
