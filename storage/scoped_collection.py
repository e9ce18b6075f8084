"""A part of a collection, searched like a whole one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from llama_index.core.schema import TextNode

from pipelines.scope import Scope

if TYPE_CHECKING:
    from pipelines.word_index import TokenHits, WordIndex
    from storage.collection import Collection


class ScopedCollection:
    """See Collection.within; nodes and neighbours are those of the whole collection."""

    def __init__(self, whole: Collection, scope: Scope) -> None:
        self._whole = whole
        self._scope = scope

    def within(self, scope: Scope) -> ScopedCollection:
        """The nodes of this scope and of `scope` as well; `scope` decides the level.

        Raises:
            ValueError: Both name filters, or both stretches.
        """
        mine = self._scope
        if (mine.where and scope.where) or (mine.inside is not None and scope.inside is not None):
            raise ValueError("a scope inside of another: both filter by the same")
        return ScopedCollection(
            self._whole,
            replace(
                scope,
                where=scope.where or mine.where,
                inside=mine.inside if scope.inside is None else scope.inside,
            ),
        )

    def snapshot(self) -> AbstractContextManager[None]:
        """See Collection.snapshot."""
        return self._whole.snapshot()

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        """See Collection.nodes."""
        return self._whole.nodes(node_ids)

    def neighbours(self, node_id: str, before: int, after: int) -> list[TextNode]:
        """See Collection.neighbours."""
        return self._whole.neighbours(node_id, before, after)

    def search_vectors(self, embedding: Sequence[float], top_k: int) -> list[tuple[str, float]]:
        """See Collection.search_vectors."""
        return self._whole.search_vectors(embedding, top_k, self._scope)

    def search_words(self, index: WordIndex, question: str, top_k: int) -> list[tuple[str, float]]:
        """See Collection.search_words."""
        return self._whole.search_words(index, question, top_k, self._scope)

    def search_tokens(self, index: WordIndex, questions: Sequence[str], top_k: int) -> TokenHits:
        """See Collection.search_tokens."""
        return self._whole.search_tokens(index, questions, top_k, self._scope)
