"""What a user reads after each kind of mistake, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_sample_settings import SampleSettings

from pipelines.config_loading import load
from pipelines.errors import ConfigError

GOOD = "retriever: {kind: dense}\nllm: {kind: lone}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def message(text: str, *overrides: str, **env: str) -> str:
    Path("local.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(SampleSettings, Path("local.yaml"), overrides, env)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            GOOD + "colection: a",
            "local.yaml: colection: unknown key. Did you mean 'collection'? Allowed: collection, "
            "retriever, second, postprocessors, llm, workers, weights, strict",
        ),
        (
            "retriever: {kind: dense, topk: 5}\nllm: {kind: lone}",
            "local.yaml: retriever.topk: unknown key. Did you mean 'top_k'? "
            "Allowed: kind, top_k, cutoff",
        ),
        (
            "retriever: {kind: bm52}\nllm: {kind: lone}",
            "local.yaml: retriever: unknown kind 'bm52'. Did you mean 'bm25'? "
            "Known: bm25, dense, fusion",
        ),
        (
            "retriever: {kind: fusion, children: [{kind: bm25}, {kind: fusion}]}\n"
            "llm: {kind: lone}",
            "local.yaml: retriever.children.1: unknown kind 'fusion'. Known: bm25, dense",
        ),
        (
            "retriever: {top_k: 5}\nllm: {kind: lone}",
            "local.yaml: retriever: missing kind. Known: bm25, dense, fusion",
        ),
        (
            GOOD + "second: {kind: 5}",
            "local.yaml: second: unknown kind 5. Known: bm25, dense, fusion",
        ),
        (
            "retriever: dense\nllm: {kind: lone}",
            "local.yaml: retriever: must be a mapping whose kind is one of bm25, dense, fusion, "
            "got 'dense'",
        ),
        (
            "llm: {kind: lone}",
            "local.yaml: retriever: missing: must be a mapping whose kind is one of "
            "bm25, dense, fusion",
        ),
        ("retriever: {kind: dense}\nllm: {}", "local.yaml: llm: missing kind. Known: lone"),
        (
            "retriever: {kind: dense}\nllm: {kind: long}",
            "local.yaml: llm: unknown kind 'long'. Did you mean 'lone'? Known: lone",
        ),
        (
            "retriever: {kind: dense, top_k: abc}\nllm: {kind: lone}",
            "local.yaml: retriever.top_k: must be a whole number >= 1 and <= 100, got 'abc'",
        ),
        (
            "retriever: {kind: dense, top_k: 101}\nllm: {kind: lone}",
            "local.yaml: retriever.top_k: must be a whole number >= 1 and <= 100, got 101",
        ),
        (
            "retriever: {kind: dense, cutoff: 1.0}\nllm: {kind: lone}",
            "local.yaml: retriever.cutoff: must be a number > 0 and < 1 or null, got 1.0",
        ),
        (
            "retriever: {kind: bm25, mode: shrt}\nllm: {kind: lone}",
            "local.yaml: retriever.mode: must be one of short, long, got 'shrt'. "
            "Did you mean 'short'?",
        ),
        (
            GOOD + "workers: 0",
            "local.yaml: workers: must be a whole number > 0 or auto, got 0",
        ),
        (
            GOOD + "collection: 2026",
            "local.yaml: collection: must be text of length >= 1, got 2026: put it in quotes",
        ),
        (
            GOOD + "postprocessors: {kind: bm25}",
            "local.yaml: postprocessors: must be a list, got a mapping",
        ),
        (
            GOOD + "postprocessors: [{kind: bm25}, 3]",
            "local.yaml: postprocessors.1: must be a mapping whose kind is one of "
            "bm25, dense, fusion, got 3",
        ),
        (
            "retriever: {kind: fusion, children: []}\nllm: {kind: lone}",
            "local.yaml: retriever.children: must be a list of length >= 1, got a list of 0",
        ),
        (GOOD + "weights: {a: x}", "local.yaml: weights.a: must be a number, got 'x'"),
        (
            "retriever: {kind: dense}\nllm: {kind: lone, url: ftp://x}",
            "local.yaml: llm.url: must be text matching ^https?://, got 'ftp://x'",
        ),
        (GOOD + "strict: true", "local.yaml: strict needs a number of workers"),
        (
            GOOD + "'a\\u001b[2J\\nb': 1",
            "local.yaml: 'a\\\\u001b[2J\\\\nb': unknown key. Allowed: collection, "
            "retriever, second, postprocessors, llm, workers, weights, strict",
        ),
    ],
)
def test_message(text: str, expected: str) -> None:
    assert message(text) == expected


def test_a_fragment_is_told_how_to_extend_a_config() -> None:
    lines = message("workers: 2").splitlines()
    assert [line.split(": ")[1:3] for line in lines[:2]] == [
        ["retriever", "missing"],
        ["llm", "missing"],
    ]
    assert lines[2].startswith("local.yaml: to change some parts only, begin with extends: ")
    assert Path(lines[2].rpartition(" ")[2]).is_file()


def test_override_is_named_where_it_set_the_value() -> None:
    assert message(GOOD, "retriever.top_k=abc") == (
        "--set retriever.top_k=abc: must be a whole number >= 1 and <= 100, got 'abc'"
    )
    assert message(GOOD, "retriever={kind: bm25, topk: 1}") == (
        "--set retriever={kind: bm25, topk: 1}: retriever.topk: unknown key. "
        "Did you mean 'top_k'? Allowed: kind, top_k, mode"
    )
    assert message(GOOD, "retreiver.top_k=1").startswith(
        "--set retreiver.top_k=1: retreiver: unknown key. Did you mean 'retriever'?"
    )


def test_extended_file_is_named_where_it_set_the_value() -> None:
    Path("base.yaml").write_text("retriever: {kind: dense, top_k: 0}\nllm: {kind: lone}")
    assert message("extends: base.yaml\nretriever: {cutoff: 7}").splitlines() == [
        "base.yaml: retriever.top_k: must be a whole number >= 1 and <= 100, got 0",
        "local.yaml: retriever.cutoff: must be a number > 0 and < 1 or null, got 7",
    ]


def test_at_most_ten_problems_are_listed() -> None:
    lines = message(GOOD + "\n".join(f"k{i}: 1" for i in range(25))).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "local.yaml: and 15 more"


def test_values_from_the_environment_are_named_not_shown() -> None:
    found = message(GOOD, "retriever.top_k=${TOP_K}", TOP_K="hunter2")
    assert found.endswith("got ${TOP_K}")
    assert "hunter2" not in found


def test_secrets_are_never_shown() -> None:
    for text in ("12345678", "[12345678]", "sk-12345678", "'**********'"):
        for found in (
            message(f"retriever: {{kind: dense}}\nllm: {{kind: lone, api_key: {text}}}"),
            message(GOOD, f"llm.api_key={text}"),
        ):
            assert "12345678" not in found
            assert "api_key" in found
    assert message(GOOD, "llm.api_key=sk-1") == (
        "--set llm.api_key=...: a secret must come from the environment: write ${NAME} and set NAME"
    )


def test_long_values_are_cut() -> None:
    assert len(message(GOOD, "retriever.top_k=" + "x" * 500)) < 250
