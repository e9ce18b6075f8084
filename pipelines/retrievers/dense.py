"""Nodes whose embedding is nearest to the question's."""

from __future__ import annotations

from typing import Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.parts import Collection, Parts
from pipelines.question_embedding import question_embedding
from pipelines.retrievers.scored_nodes import scored_nodes
from pipelines.retrievers.searched_collection import Level, searched_collection


class DenseRetrieverSettings(ComponentSettings):
    """The `top_k` nearest nodes by cosine similarity of embeddings, of a `level`."""

    kind: Literal["dense"] = "dense"
    top_k: int = Field(default=20, ge=1)
    level: Level = ""

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: No collection or no embedding model is configured.
        """
        collection = searched_collection(parts, self.kind, self.level)
        if parts.embed_model is None:
            raise ConfigError("retriever.dense: needs an embedding model: set embed_model")
        return DenseRetriever(collection, parts.embed_model, self.top_k)


class DenseRetriever(BaseRetriever):
    """Best first, scores are cosine similarities in [-1, 1]; ties by node id."""

    def __init__(self, collection: Collection, embed_model: BaseEmbedding, top_k: int) -> None:
        super().__init__()
        self._collection = collection
        self._embed_model = embed_model
        self._top_k = top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        embedding = question_embedding(query_bundle, self._embed_model)
        hits = self._collection.search_vectors(embedding, self._top_k)
        return scored_nodes(self._collection, hits, self._top_k)
