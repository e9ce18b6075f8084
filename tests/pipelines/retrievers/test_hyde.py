from __future__ import annotations

import logging
import math

import pytest
from llama_index.core.schema import QueryBundle
from scripted_collection import ScriptedCollection, TwoSidedEmbedding

from pipelines.errors import ConfigError, YomitokiError
from pipelines.japanese.tokens import CharNgramTokenizerSettings
from pipelines.parts import Parts
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.hyde import HydeRetrieverSettings, mean_direction
from pipelines.retrievers.words import BM25RetrieverSettings
from pipelines.word_index import WordIndex
from tests.pipelines.scripted_llm import ScriptedLLM

PASSAGE = "魚道の工費は三億円と見込まれています。"
TOKENIZER = CharNgramTokenizerSettings()
DENSE = DenseRetrieverSettings(top_k=4)
BM25 = BM25RetrieverSettings(top_k=4, tokenizer=TOKENIZER)
ROOT = math.sqrt(0.5)


def collection() -> ScriptedCollection:
    return ScriptedCollection([("a", 0.9), ("b", 0.5)], [("b", 3.0)])


def parts(found: ScriptedCollection, text: str = PASSAGE) -> Parts:
    return Parts(found, TwoSidedEmbedding(), ScriptedLLM(text))


def test_vectors_are_searched_with_the_mean_of_both_sides() -> None:
    found = collection()
    hits = HydeRetrieverSettings(inner=DENSE).build(parts(found)).retrieve("工費は？")
    # [1, 0] is the question's, [0, 1] the passage's: 45 degrees between them.
    assert found.asked == [(pytest.approx([ROOT, ROOT]), 4)]
    assert [(hit.node.node_id, hit.score, hit.ranks) for hit in hits] == [
        ("a", 0.9, (1,)),
        ("b", 0.5, (2,)),
    ]
    assert hits[0].queries == (PASSAGE,)


def test_words_are_searched_with_question_and_passage() -> None:
    found = collection()
    HydeRetrieverSettings(inner=BM25).build(parts(found)).retrieve("工費は？")
    assert found.asked == [(WordIndex(TOKENIZER), f"工費は？\n{PASSAGE}", 4)]


def test_without_the_question_the_passage_stands_alone() -> None:
    for inner, asked in ((DENSE, ([0.0, 1.0], 4)), (BM25, (WordIndex(TOKENIZER), PASSAGE, 4))):
        found = collection()
        settings = HydeRetrieverSettings(inner=inner, include_question=False)
        settings.build(parts(found)).retrieve("工費は？")
        assert found.asked == [asked]


def test_an_embedding_that_the_query_brings_is_the_questions() -> None:
    found = collection()
    retriever = HydeRetrieverSettings(inner=DENSE).build(parts(found))
    retriever.retrieve(QueryBundle("工費は？", embedding=[0.0, -1.0]))
    assert found.asked == [([0.0, 0.0], 4)]


def test_no_passage_searches_the_question_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    found = collection()
    hits = HydeRetrieverSettings(inner=DENSE).build(parts(found, " \n")).retrieve("工費は？")
    assert found.asked == [([1.0, 0.0], 4)]
    assert hits[0].queries == ()
    assert "the model wrote no passage" in caplog.text


def test_the_passage_is_logged_on_a_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pipelines.retrievers.hyde"):
        retriever = HydeRetrieverSettings(inner=DENSE).build(parts(collection(), "一\n\x1b[2J二"))
        retriever.retrieve("工費は？")
    assert caplog.messages == ["hyde: passage: 一 [2J二"]


def test_the_model_writes_greedily_in_the_language_of_the_documents() -> None:
    llm = ScriptedLLM(PASSAGE)
    built = HydeRetrieverSettings(inner=BM25, language="en", max_new_tokens=30)
    built.build(Parts(collection(), llm=llm)).retrieve("the fee?")
    assert llm.options == [{"max_new_tokens": 30, "temperature": 0.0, "stop": ()}]
    assert llm.prompts[0].endswith("Question: the fee?\nPassage:")


def test_at_most_top_k() -> None:
    retriever = HydeRetrieverSettings(inner=DENSE, top_k=1).build(parts(collection()))
    assert len(retriever.retrieve("工費は？")) == 1


def test_what_is_missing_or_fails_is_said() -> None:
    with pytest.raises(ConfigError, match=r"retriever\.hyde: needs a language model: set llm"):
        HydeRetrieverSettings().build(Parts(collection(), TwoSidedEmbedding()))
    failing = Parts(collection(), TwoSidedEmbedding(), ScriptedLLM(fails="out of memory"))
    with pytest.raises(YomitokiError, match="out of memory"):
        HydeRetrieverSettings().build(failing).retrieve("工費は？")


def test_the_mean_has_length_one_unless_its_vectors_cancel() -> None:
    assert mean_direction([[3.0, 4.0], [3.0, 4.0]]) == pytest.approx([0.6, 0.8])
    assert mean_direction([[1.0, 0.0], [-1.0, 0.0]]) == [0.0, 0.0]
