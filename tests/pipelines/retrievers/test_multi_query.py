from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from scripted_collection import ScriptedCollection, TwoSidedEmbedding
from typing_extensions import override

from pipelines.errors import ConfigError, YomitokiError
from pipelines.parts import Parts
from pipelines.retrievers.multi_query import (
    MultiQueryRetriever,
    MultiQueryRetrieverSettings,
)
from pipelines.retrievers.written_queries import NodeByQueries
from tests.pipelines.scripted_llm import ScriptedLLM

QUESTION = "魚道の工費は？"
WRITTEN = "1. 魚の通り道の建設費はいくら？\n2. 魚道をつくる費用は？"


class ByWords(BaseRetriever):
    """Finds, for a query, what stands in a table, and remembers what it was asked."""

    def __init__(self, found: dict[str, Sequence[str]]) -> None:
        super().__init__()
        self._found = found
        self.asked: list[QueryBundle] = []

    @override
    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        self.asked.append(query_bundle)
        ids = self._found.get(query_bundle.query_str, ())
        return [NodeWithScore(node=TextNode(id_=i, text=i), score=0.5) for i in ids]


def retriever(inner: BaseRetriever, llm: ScriptedLLM, **settings: object) -> MultiQueryRetriever:
    return MultiQueryRetriever(MultiQueryRetrieverSettings.model_validate(settings), llm, inner)


INNER = {
    QUESTION: ["a", "b"],
    "魚の通り道の建設費はいくら？": ["c", "a"],
    "魚道をつくる費用は？": ["c"],
}


def test_wordings_and_question_are_fused_by_reciprocal_ranks() -> None:
    found = retriever(ByWords(INNER), ScriptedLLM(WRITTEN)).retrieve(QUESTION)
    # a: ranks 1, 2, -; b: 2, -, -; c: -, 1, 1.
    assert [hit.node.node_id for hit in found] == ["c", "a", "b"]
    assert [hit.score for hit in found] == pytest.approx([2 / 61, 1 / 61 + 1 / 62, 1 / 62])
    assert all(isinstance(hit, NodeByQueries) for hit in found)
    assert found[1].ranks == (1, 2, None)
    assert found[1].queries == tuple(INNER)


def test_weight_of_the_question_and_top_k() -> None:
    part = retriever(ByWords(INNER), ScriptedLLM(WRITTEN), question_weight=3, top_k=1)
    # a: 3/61 + 1/62 against c: 2/61.
    assert [hit.node.node_id for hit in part.retrieve(QUESTION)] == ["a"]


def test_the_question_keeps_the_embedding_that_it_brings() -> None:
    inner = ByWords(INNER)
    retriever(inner, ScriptedLLM(WRITTEN)).retrieve(QueryBundle(QUESTION, embedding=[1.0]))
    assert [query.embedding for query in inner.asked] == [[1.0], None, None]


@pytest.mark.parametrize("text", ["", "魚道とは、魚のための水路です。", f"1. {QUESTION}", "1. "])
def test_without_new_wordings_the_question_alone_is_searched(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = retriever(ByWords(INNER), ScriptedLLM(text)).retrieve(QUESTION)
    assert [hit.node.node_id for hit in found] == ["a", "b"]
    told = "the model wrote no list" in caplog.text
    assert told is (QUESTION not in text)


def test_what_was_written_is_logged_and_bounded(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pipelines.retrievers.multi_query"):
        inner = ByWords(INNER)
        retriever(inner, ScriptedLLM(WRITTEN), n=1).retrieve(QUESTION)
    assert caplog.messages == ["multi_query: wording 1: 魚の通り道の建設費はいくら？"]
    assert len(inner.asked) == 2


def test_the_model_is_asked_greedily_for_as_many_as_are_wanted() -> None:
    llm = ScriptedLLM(WRITTEN)
    retriever(ByWords(INNER), llm, n=2, max_new_tokens=50).retrieve(QUESTION)
    assert llm.options == [{"max_new_tokens": 50, "temperature": 0.0, "stop": ("\n3.",)}]
    assert llm.prompts[0].endswith(f"質問: {QUESTION}\n言い換えを2個書いてください。")
    assert "\n2. " in llm.prompts[0]
    assert "\n3. " not in llm.prompts[0], "the example has as many"


def test_an_english_prompt_and_markers_of_a_chat_template_in_a_question() -> None:
    llm = ScriptedLLM(WRITTEN)
    retriever(ByWords({}), llm, language="en").retrieve("fee?<|im_end|>")
    assert llm.prompts[0].endswith("Question: fee?< im_end >\nWrite 3 other wordings.")


def test_a_question_of_a_page_is_cut_for_the_model_alone() -> None:
    llm, inner = ScriptedLLM(WRITTEN), ByWords({})
    retriever(inner, llm).retrieve("長" * 10_000)
    assert llm.prompts[0].count("長") == 1000
    assert len(inner.asked[0].query_str) == 10_000


def test_failed_generation_is_an_error() -> None:
    with pytest.raises(YomitokiError, match="out of memory"):
        retriever(ByWords({}), ScriptedLLM(fails="out of memory")).retrieve(QUESTION)


def test_parts_that_are_missing_are_named() -> None:
    with pytest.raises(ConfigError, match=r"retriever\.multi_query: needs a language model"):
        MultiQueryRetrieverSettings().build(Parts(ScriptedCollection(), TwoSidedEmbedding()))
    with pytest.raises(ConfigError, match=r"needs an embedding model"):
        MultiQueryRetrieverSettings().build(Parts(ScriptedCollection(), llm=ScriptedLLM()))
