"""Every engine is a LlamaIndex query engine, alone or inside LlamaIndex's own parts."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.tools import QueryEngineTool
from pydantic import TypeAdapter

from pipelines.parts import Parts
from pipelines.query_engines.settings import QueryEngineSettings
from tests.pipelines.query_engines.engine_doubles import ChoosingLLM, Finds, node
from tests.pipelines.scripted_llm import ScriptedLLM

LEAVES = ["closed_book", "retrieve_and_answer", "corrective", "sub_question"]


def build(llm: ScriptedLLM, **settings: object) -> BaseQueryEngine:
    chosen = TypeAdapter(QueryEngineSettings).validate_python(settings)
    return chosen.build(Parts(llm=llm), Finds([node("改修は第二案に決まった。")]), ())


@pytest.mark.parametrize("kind", LEAVES)
def test_query_gives_text_sources_and_what_was_cited(kind: str) -> None:
    engine = build(ScriptedLLM(answer="第二案です。"), kind=kind)
    for response in (engine.query("どの案？"), asyncio.run(engine.aquery("どの案？"))):
        assert isinstance(response, Response)
        assert response.response.startswith("第二案です。")
        sources = [source.node.get_content() for source in response.source_nodes]
        assert sources == ([] if kind == "closed_book" else ["改修は第二案に決まった。"])
        assert response.metadata["refused"] is False
        cited = [citation["text"] for citation in response.metadata["citations"]]
        assert cited == sources


def test_router_and_multiple_choice_are_query_engines_too() -> None:
    routes = [{"name": kind, "description": kind, "engine": {"kind": kind}} for kind in LEAVES[:2]]
    router = build(ScriptedLLM(answer="第二案です。"), kind="router", routes=routes)
    assert router.query("どの案？").response.startswith("第二案です。")
    chooser = build(
        ChoosingLLM(weigh=lambda _, line: 9.0 if "第二案" in line else 1.0),
        kind="multiple_choice",
        scorer={"kind": "likelihood", "letter_weight": 1},
    )
    response = chooser.query("どの案？\nA. 第一案\nB. 第二案")
    assert response.response == "B. 第二案"
    assert [ranked["option"] for ranked in response.metadata["ranking"]] == [1, 0]


def test_an_engine_is_a_tool_of_llama_index() -> None:
    engine = build(ScriptedLLM(answer="第二案です。"), kind="retrieve_and_answer")
    tool = QueryEngineTool.from_defaults(engine, name="minutes", description="議事録")
    assert "第二案です。" in str(tool.call("どの案？"))


def test_prompts_are_not_llama_indexs_to_change() -> None:
    assert build(ScriptedLLM(), kind="closed_book").get_prompts() == {}
