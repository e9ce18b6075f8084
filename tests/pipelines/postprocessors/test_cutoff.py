from __future__ import annotations

import math

import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from benchmarks.memory_collection import MemoryCollection
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.postprocessors.cutoff import CutoffSettings
from tests.pipelines.retrievers.scripted_collection import ScriptedCollection, TwoSidedEmbedding

FOUND = [NodeWithScore(node=TextNode(id_=id_, text=id_), score=0.01) for id_ in ("a", "b")]
# One word of one node in a hundred, once in a node of mean length: idf / (1 + k1).
ONE_WORD = math.log(1 + 99.5 / 1.5) / 2.5


def kept(similarity: float, word_score: float, **settings: float) -> int:
    collection = ScriptedCollection([("a", similarity)], [("b", word_score)] if word_score else [])
    collection.searched = 100
    part = CutoffSettings.model_validate({"kind": "cutoff", **settings}).build(
        Parts(collection=collection, embed_model=TwoSidedEmbedding())
    )
    return len(part.postprocess_nodes(FOUND, QueryBundle("質問")))


def test_near_by_meaning_or_by_words_keeps_everything() -> None:
    bounds = {"min_similarity": 0.8, "min_words": 2.0}
    assert kept(0.80, 0.0, **bounds) == 2
    assert kept(0.10, 2.001 * ONE_WORD, **bounds) == 2
    assert kept(0.79, 1.999 * ONE_WORD, **bounds) == 0
    assert kept(0.79, 0.0, **bounds) == 0


def test_bounds_of_zero_and_minus_one_keep_everything() -> None:
    assert kept(-0.5, 0.0, min_words=0) == 2
    assert kept(-0.5, 0.0, min_similarity=-1) == 2


def test_two_words_of_one_node_are_two_words_by_the_real_index() -> None:
    texts = ["魚道と堰", "会計と監査", "音楽と楽譜", "地図と測量"]
    nodes = [TextNode(id_=text, text=text) for text in texts]
    collection = MemoryCollection(nodes, TwoSidedEmbedding())
    parts = Parts(collection=collection, embed_model=TwoSidedEmbedding())

    def words_are_at_least(count: float, question: str) -> bool:
        part = CutoffSettings(min_similarity=1, min_words=count).build(parts)
        return bool(part.postprocess_nodes(FOUND, QueryBundle(question)))

    # All nodes have two words: the mean length, so each counts exactly once.
    assert words_are_at_least(1.99, "魚道の堰は？")
    assert not words_are_at_least(2.01, "魚道の堰は？")
    assert words_are_at_least(0.99, "魚道は？")
    assert not words_are_at_least(1.01, "魚道と監査は？"), "no node holds both"


def test_needs_a_collection_and_an_embedding() -> None:
    with pytest.raises(ConfigError, match="cutoff: needs a collection"):
        CutoffSettings().build(Parts(collection=ScriptedCollection()))
