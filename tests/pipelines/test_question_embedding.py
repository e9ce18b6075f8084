from __future__ import annotations

from llama_index.core.schema import QueryBundle

from pipelines.question_embedding import question_embedding
from tests.pipelines.retrievers.scripted_collection import TwoSidedEmbedding


def test_the_query_side_is_embedded_and_left_in_the_bundle() -> None:
    query = QueryBundle("質問")
    assert question_embedding(query, TwoSidedEmbedding()) == [1.0, 0.0]
    assert query.embedding == [1.0, 0.0]


def test_a_vector_that_the_bundle_brings_is_kept() -> None:
    query = QueryBundle("質問", embedding=[0.6, 0.8])
    assert question_embedding(query, TwoSidedEmbedding()) == [0.6, 0.8]
