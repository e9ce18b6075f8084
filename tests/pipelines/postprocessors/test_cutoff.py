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


def test_words_that_ask_are_unknown_to_most_documents_and_say_nothing() -> None:
    """With いつ, どこ and 誰 among the words, three of five would be unknown."""
    assert kept("魚道の監査はいつ、どこで、誰が？") == 2
    assert kept("天気はいつ？") == 0, "one of one, not one of two or none"
    assert kept("どこですか？") == 2, "nothing is asked about"


def test_question_in_another_language_is_not_judged_by_its_words() -> None:
    assert kept("How is the weather?") == 2


def test_question_without_words_keeps_everything() -> None:
    assert kept("は？") == 2


def test_needs_a_collection_and_an_embedding() -> None:
    with pytest.raises(ConfigError, match="cutoff: needs a collection"):
        CutoffSettings().build(Parts(collection=ScriptedCollection()))


def cut(
    scores: list[float | None], question: str | None = "天気は？", **bounds: float
) -> list[int]:
    """Which of nodes with these scores are kept, with the rule about the collection off."""
    hits = [NodeWithScore(node=TextNode(text=str(i)), score=s) for i, s in enumerate(scores)]
    part = CutoffSettings(min_similarity=None, **bounds).build(Parts())
    query = QueryBundle(question) if question else None
    return [hits.index(hit) for hit in part.postprocess_nodes(hits, query)]


def test_low_scores_are_dropped_and_the_bound_itself_is_kept() -> None:
    assert cut([0.9, 0.5, 0.4], min_score=0.5) == [0, 1]
    assert cut([0.4, 0.3], min_score=0.5) == []
    assert cut([-1.0, -3.0], min_score=-2.0) == [0]
    assert cut([0.9, 0.5], None, min_score=0.6) == [0], "without a question, too"


def test_a_share_of_the_best_score_wherever_it_stands() -> None:
    assert cut([3.0, 8.0, 4.0, 2.0], relative=0.5) == [1, 2]
    assert cut([8.0, 5.0, 3.0], relative=0.25, min_score=4.0) == [0, 1], "the stricter one holds"


def test_a_share_of_log_odds_below_zero_means_nothing() -> None:
    assert cut([-1.0, -4.0], relative=0.5) == [0, 1]


def test_without_bounds_or_scores_everything_stays() -> None:
    assert cut([0.1, -5.0]) == [0, 1]
    assert cut([None, 0.1], min_score=0.5) == [0]


def test_scores_are_cut_also_where_the_question_fits_the_collection() -> None:
    collection = Scripted([hit.node for hit in FOUND], TwoSidedEmbedding())  # type: ignore[misc]
    part = CutoffSettings(min_similarity=0.8, min_score=0.5).build(
        Parts(collection=collection, embed_model=TwoSidedEmbedding())
    )
    assert part.postprocess_nodes(FOUND, QueryBundle("魚道は？")) == []
