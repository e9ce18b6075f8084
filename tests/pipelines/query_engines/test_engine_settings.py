"""Query engines as a config file names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config import load_config, load_pipeline
from pipelines.errors import ConfigError

ENGINES = [
    "{kind: closed_book, max_new_tokens: 50}",
    "{kind: corrective, fallback: {kind: bm25, top_k: 5},"
    " fallback_postprocessors: [{kind: cutoff}]}",
    "{kind: sub_question, max_questions: 4}",
    "{kind: router, routes: ["
    "{name: own, description: 資料, engine: {kind: retrieve_and_answer}, retriever: {kind: bm25}},"
    "{name: any, description: 常識, engine: {kind: closed_book}, postprocessors: []}]}",
    "{kind: multiple_choice, scorer: {kind: likelihood, permutations: 5, option_score: pmi},"
    " members: [{weight: 2}, {retriever: {kind: bm25}, query: question}, {query: closed_book}]}",
    "{kind: multiple_choice, scorer: {kind: encoder, model: someone/deberta}}",
]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_is_configured_and_comes_back(engine: str, tmp_path: Path) -> None:
    loaded = load_pipeline(None, [f"query_engine={engine}"], {})
    again = tmp_path / "again.yaml"
    again.write_text(loaded.yaml(), encoding="utf-8")
    assert load_config(again, env={}) == loaded.settings


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (
            "{kind: corective}",
            r"corective\}: unknown kind 'corective'\. Did you mean 'corrective'",
        ),
        (
            "{kind: corrective, fallback: {kind: bm52}}",
            r"unknown kind 'bm52'\. Did you mean 'bm25'",
        ),
        ("{kind: multiple_choice, scorer: {kind: encoder}}", r"query_engine\.scorer\.model"),
        ("{kind: multiple_choice, members: [{top_k: 3}]}", r"members\.0\.top_k: unknown key"),
        ("{kind: router, routes: []}", r"query_engine\.routes"),
        ("{kind: sub_question, max_questions: 1}", r"max_questions: must be a whole number >= 2"),
    ],
)
def test_a_wrong_engine_is_named_with_its_place(engine: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(None, [f"query_engine={engine}"], {})
