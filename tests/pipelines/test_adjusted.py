"""Settings as one question changes them."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.adjusted import most_tokens, with_top_k, with_writing
from pipelines.config import load_config
from pipelines.errors import ConfigError

ROUTES = (
    "query_engine={kind: router, routes: ["
    "{name: a, description: b, engine: {kind: closed_book, max_new_tokens: 30}}, "
    "{name: c, description: d, engine: {kind: retrieve_and_answer, max_new_tokens: 90}}]}"
)


def test_more_nodes_are_asked_of_every_retriever_inside() -> None:
    inner: dict[str, Any] = {"kind": "fusion", "children": [{"kind": "bm25", "top_k": 5}]}
    override = f"retriever={ {'kind': 'hyde', 'inner': inner} }"
    settings = load_config(None, [override.replace("'", '"')])
    wide = with_top_k(settings, 50).retriever
    assert wide.top_k == wide.inner.top_k == wide.inner.children[0].top_k == 50  # type: ignore[union-attr]
    assert with_top_k(settings, 3).retriever == settings.retriever


def test_an_answer_may_be_shortened_and_not_lengthened() -> None:
    settings = load_config(None, ["query_engine.max_new_tokens=50"])
    assert with_writing(settings, {"max_new_tokens": 7}).query_engine.max_new_tokens == 7  # type: ignore[union-attr]
    assert with_writing(settings, {"max_new_tokens": 51}) == settings
    assert most_tokens(settings.query_engine) == 50


def test_every_route_is_shortened() -> None:
    settings = load_config(None, [ROUTES])
    assert most_tokens(settings.query_engine) == 90
    short = with_writing(settings, {"max_new_tokens": 40}).query_engine
    assert [route.engine.max_new_tokens for route in short.routes] == [30, 40]  # type: ignore[union-attr]


def test_options_are_those_of_the_config_with_some_replaced() -> None:
    settings = load_config(None, ["llm.generation.top_p=0.9", "llm.generation.stop=[x]"])
    changed = with_writing(settings, {"temperature": 0.5, "stop": ["y"]}).llm.generation
    assert (changed.top_p, changed.temperature, changed.stop) == (0.9, 0.5, ("x", "y"))
    with pytest.raises(ConfigError, match=r"generation options: temperature: .* allowed are"):
        with_writing(settings, {"temperature": -1})
