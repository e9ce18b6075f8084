"""Nodes that share rare words with the question."""

from __future__ import annotations

from typing import Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.japanese.tokens import SudachiTokenizerSettings, TokenizerSettings
from pipelines.parts import Collection, Parts
from pipelines.retrievers.scored_nodes import scored_nodes


class BM25RetrieverSettings(ComponentSettings):
    """The `top_k` best nodes by BM25 over the tokens of `tokenizer`."""

    kind: Literal["bm25"] = "bm25"
    top_k: int = Field(default=20, ge=1)
    tokenizer: TokenizerSettings = SudachiTokenizerSettings()

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: No collection is open.
        """
        if parts.collection is None:
            raise ConfigError("retriever.bm25: needs a collection: run ingest first")
        return BM25Retriever(parts.collection, self.tokenizer, self.top_k)


class BM25Retriever(BaseRetriever):
    """Best first, scores above 0; ties by node id. A question of unknown words finds nothing."""

    def __init__(self, collection: Collection, tokenizer: TokenizerSettings, top_k: int) -> None:
        super().__init__()
        self._collection = collection
        self._tokenizer = tokenizer
        self._top_k = top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._collection.search_words(self._tokenizer, query_bundle.query_str, self._top_k)
        return scored_nodes(self._collection, hits, self._top_k)
