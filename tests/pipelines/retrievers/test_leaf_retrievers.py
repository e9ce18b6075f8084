from __future__ import annotations

import pytest
from llama_index.core.schema import QueryBundle
from scripted_collection import ScriptedCollection, TwoSidedEmbedding

from pipelines.errors import ConfigError
from pipelines.japanese.tokens import CharNgramTokenizerSettings
from pipelines.parts import Parts
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings
from pipelines.word_index import WordIndex


def test_dense_searches_with_the_embedding_of_the_query_side() -> None:
    collection = ScriptedCollection(vectors=[("a", 0.9), ("b", 0.5)])
    parts = Parts(collection=collection, embed_model=TwoSidedEmbedding())
    found = DenseRetrieverSettings(top_k=2).build(parts).retrieve("質問")
    assert collection.asked == [([1.0, 0.0], 2)]
    assert [(hit.node.node_id, hit.score) for hit in found] == [("a", 0.9), ("b", 0.5)]
    assert found[0].node.get_content() == "text of a"


def test_dense_uses_an_embedding_that_the_query_brings() -> None:
    collection = ScriptedCollection()
    parts = Parts(collection=collection, embed_model=TwoSidedEmbedding())
    DenseRetrieverSettings().build(parts).retrieve(QueryBundle("質問", embedding=[0.6, 0.8]))
    assert collection.asked == [([0.6, 0.8], 20)]


def test_bm25_searches_with_its_tokenizer() -> None:
    tokenizer = CharNgramTokenizerSettings(n=3)
    collection = ScriptedCollection(words=[("b", 7.5)])
    retriever = BM25RetrieverSettings(top_k=3, tokenizer=tokenizer).build(Parts(collection))
    assert [hit.node.node_id for hit in retriever.retrieve("質問")] == ["b"]
    assert collection.asked == [(WordIndex(tokenizer), "質問", 3)]


def test_nothing_found_is_an_empty_list() -> None:
    parts = Parts(ScriptedCollection(), TwoSidedEmbedding())
    assert BM25RetrieverSettings().build(parts).retrieve("zzz") == []
    assert DenseRetrieverSettings().build(parts).retrieve("zzz") == []


@pytest.mark.parametrize("kind", [DenseRetrieverSettings(top_k=2), BM25RetrieverSettings(top_k=2)])
def test_order_is_by_score_then_id_and_at_most_top_k(
    kind: DenseRetrieverSettings | BM25RetrieverSettings,
) -> None:
    hits = [("z", 0.5), ("m", 0.5), ("a", 0.4), ("b", 0.9)]
    parts = Parts(ScriptedCollection(hits, hits), TwoSidedEmbedding())
    found = kind.build(parts).retrieve("質問")
    assert [hit.node.node_id for hit in found] == ["b", "m"]


def test_a_missing_part_says_what_to_configure() -> None:
    with pytest.raises(ConfigError, match=r"retriever\.dense: needs a collection: run ingest"):
        DenseRetrieverSettings().build(Parts(embed_model=TwoSidedEmbedding()))
    with pytest.raises(ConfigError, match=r"retriever\.dense: needs an embedding model: set"):
        DenseRetrieverSettings().build(Parts(ScriptedCollection()))
    with pytest.raises(ConfigError, match=r"retriever\.bm25: needs a collection: run ingest"):
        BM25RetrieverSettings().build(Parts())
