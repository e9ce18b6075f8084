"""Test doubles: a collection that returns scripted hits, and an embedding model of two axes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import TextNode
from typing_extensions import override

from pipelines.scope import Scope
from pipelines.word_index import TokenHits, WordIndex

Hits = list[tuple[str, float]]


class ScriptedCollection:
    """Returns the scripted hits whatever is asked, more than top_k of them if so scripted."""

    def __init__(self, vectors: Hits | None = None, words: Hits | None = None) -> None:
        self.vectors, self.words = vectors or [], words or []
        self.asked: list[tuple[object, ...]] = []

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        return [TextNode(id_=id_, text=f"text of {id_}") for id_ in node_ids]

    def search_vectors(self, embedding: Sequence[float], top_k: int) -> Hits:
        self.asked.append((list(embedding), top_k))
        return self.vectors

    def search_words(self, index: WordIndex, question: str, top_k: int) -> Hits:
        self.asked.append((index, question, top_k))
        return self.words

    def search_tokens(self, index: WordIndex, questions: Sequence[str], top_k: int) -> TokenHits:
        raise NotImplementedError

    def snapshot(self) -> AbstractContextManager[None]:
        return nullcontext()

    def within(self, scope: Scope) -> ScriptedCollection:
        self.asked.append((scope,))
        return self


class TwoSidedEmbedding(BaseEmbedding):
    """[1, 0] for a query and [0, 1] for a passage."""

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        return [1.0, 0.0]

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return [1.0, 0.0]

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        return [0.0, 1.0]
