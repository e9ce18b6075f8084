from __future__ import annotations

import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from benchmarks.memory_collection import MemoryCollection
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.postprocessors.cutoff import CutoffSettings
from tests.pipelines.retrievers.scripted_collection import ScriptedCollection, TwoSidedEmbedding

TEXTS = ["魚道と堰", "会計と監査"]
FOUND = [NodeWithScore(node=TextNode(id_=text, text=text), score=0.01) for text in TEXTS]


class Scripted(MemoryCollection):
    """Real words, scripted similarity."""

    similarity = 0.8

    def search_vectors(self, embedding: object, top_k: int) -> list[tuple[str, float]]:  # noqa: ARG002
        return [(TEXTS[0], self.similarity)]


def kept(question: str, similarity: float = 0.79) -> int:
    collection = Scripted([hit.node for hit in FOUND], TwoSidedEmbedding())  # type: ignore[misc]
    collection.similarity = similarity
    settings = CutoffSettings(min_similarity=0.8, max_unknown=0.5)
    part = settings.build(Parts(collection=collection, embed_model=TwoSidedEmbedding()))
    return len(part.postprocess_nodes(FOUND, QueryBundle(question)))


def test_dropped_when_far_and_half_of_the_words_are_unknown() -> None:
    assert kept("魚道の監査の天気は？") == 2, "one of three"
    assert kept("魚道の天気は？") == 0, "one of two"
    assert kept("天気は？") == 0


def test_near_by_meaning_or_by_words_keeps_everything() -> None:
    assert kept("天気は？", similarity=0.80) == 2
    assert kept("魚道の監査は？") == 2, "no node holds both, each is known"


def test_question_in_another_language_is_not_judged_by_its_words() -> None:
    assert kept("How is the weather?") == 2


def test_question_without_words_keeps_everything() -> None:
    assert kept("は？") == 2


def test_needs_a_collection_and_an_embedding() -> None:
    with pytest.raises(ConfigError, match="cutoff: needs a collection"):
        CutoffSettings().build(Parts(collection=ScriptedCollection()))
