"""What a retriever, a postprocessor or a query engine may be built from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import TextNode

if TYPE_CHECKING:
    from pipelines.japanese.tokens import TokenizerSettings
    from pipelines.llms.protocol import ChoiceLLM


class Collection(Protocol):
    """An open collection of nodes, as far as the parts that search it know it.

    `storage.collection.Collection` is the real one. All ids are those of live nodes: a
    replaced or removed document's nodes are never returned.
    """

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        """The nodes of these ids, in the order asked. Raises KeyError for an unknown id."""
        ...

    def neighbours(self, node_id: str, before: int, after: int) -> list[TextNode]:
        """A node with up to `before` and `after` nodes of the same document around it, in order."""
        ...

    def search_vectors(self, embedding: Sequence[float], top_k: int) -> list[tuple[str, float]]:
        """Nearest nodes as (node id, cosine similarity), best first, at most `top_k`."""
        ...

    def search_words(
        self, tokenizer: TokenizerSettings, question: str, top_k: int
    ) -> list[tuple[str, float]]:
        """BM25 over tokens as (node id, score > 0), best first, at most `top_k`.

        Nodes and question are tokenised by the same `tokenizer`; nothing matching gives [].
        """
        ...


@dataclass(frozen=True)
class Parts:
    """The built parts that others depend on; a part that is not configured is None.

    `judge` is the model for decisions where one was configured beside `llm`.
    """

    collection: Collection | None = None
    embed_model: BaseEmbedding | None = None
    llm: ChoiceLLM | None = None
    judge: ChoiceLLM | None = None
