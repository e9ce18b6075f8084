"""The pipeline in LangChain: its retriever and tool, also from several threads at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from pipelines.config import load_config
from pipelines.errors import QuestionError
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.rag import RagPipeline
from pipelines.scope import NodeFilter
from tests.tools.server.running_server import ANSWER, DOCUMENT, SETTINGS, TypingLLM, ingested
from tools.langchain import YomitokiRetriever, yomitoki_tool
from tools.records import ask_record

QUESTION = "魚道の工費は？"


@pytest.fixture(scope="module")
def llm() -> TypingLLM:
    return TypingLLM(pause=0.001)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, llm: TypingLLM) -> Iterator[RagPipeline]:
    home = ingested(tmp_path_factory.mktemp("langchain"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HuggingFaceLLMSettings, "build", lambda *_: llm)
        with RagPipeline.open(load_config(None, SETTINGS), home) as opened:
            yield opened


def called(pipeline: RagPipeline, **arguments: Any) -> ToolMessage:
    tool = yomitoki_tool(pipeline)
    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": arguments}
    message = tool.invoke(call)
    assert isinstance(message, ToolMessage)
    return message


def test_documents_are_the_passages_of_a_search(pipeline: RagPipeline) -> None:
    wanted = pipeline.search(QUESTION, 2).retrieved
    documents = YomitokiRetriever(pipeline=pipeline, top_k=2).invoke(QUESTION)
    assert [document.id for document in documents] == [scored.node.node_id for scored in wanted]
    for document, scored in zip(documents, wanted, strict=True):
        place = document.metadata
        assert document.page_content == DOCUMENT[place["start_char"] : place["end_char"]]
        assert (place["source"], place["score"]) == ("工費.md", scored.score)
        assert place["label"].startswith("工費.md")
        assert "sections" not in place


def test_a_filter_holds_for_its_retriever_alone(pipeline: RagPipeline) -> None:
    everywhere = YomitokiRetriever(pipeline=pipeline)
    nowhere = YomitokiRetriever(pipeline=pipeline, where=NodeFilter(source=("none.md",)))
    assert everywhere.invoke(QUESTION)
    with pytest.raises(QuestionError, match=r"source=none\.md"):
        nowhere.invoke(QUESTION)
    assert everywhere.invoke(QUESTION)


def test_the_tool_answers_with_what_it_rests_on(pipeline: RagPipeline) -> None:
    message = called(pipeline, question=QUESTION)
    wanted = ask_record(pipeline.ask(QUESTION))
    assert {**message.artifact, "seconds": set(message.artifact["seconds"])} == {
        **wanted,
        "seconds": set(wanted["seconds"]),
    }
    assert isinstance(message.content, str)
    assert message.content.startswith(f"Answer:\n> {ANSWER}\n")
    assert f"> {ANSWER}" in message.content.partition("It rests on:")[2]


def test_what_cannot_be_asked_is_told_to_the_agent(pipeline: RagPipeline) -> None:
    message = called(pipeline, question="？")
    assert message.status == "error"
    assert message.content == "question: it has no letter and no digit: ask in words"


def test_threads_wait_for_each_other(pipeline: RagPipeline, llm: TypingLLM) -> None:
    retriever = YomitokiRetriever(pipeline=pipeline)

    def work(number: int) -> bool:
        if number % 2:
            return called(pipeline, question=f"{number}つ目の工費は？").status == "success"
        return bool(retriever.invoke(f"{number}つ目の工費は？"))

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(work, range(12)))
    assert llm.most_working == 1


def test_agents_that_do_not_block_may_use_them(pipeline: RagPipeline) -> None:
    async def work() -> tuple[Any, Any]:
        retriever = YomitokiRetriever(pipeline=pipeline, top_k=1)
        asked = yomitoki_tool(pipeline).ainvoke({"question": QUESTION})
        return await asyncio.gather(retriever.ainvoke(QUESTION), asked)

    documents, text = asyncio.run(work())
    assert len(documents) == 1
    assert text.startswith("Answer:")
