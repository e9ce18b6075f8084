"""Nodes that share rare words with the question, by BM25 or by TF-IDF."""

from __future__ import annotations

from typing import Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.japanese.tokens import SudachiTokenizerSettings, TokenizerSettings
from pipelines.parts import Collection, Parts
from pipelines.retrievers.scored_nodes import scored_nodes
from pipelines.retrievers.searched_collection import Level, searched_collection
from pipelines.word_index import WordIndex


class BM25RetrieverSettings(ComponentSettings):
    """The `top_k` best nodes by BM25 over the tokens of `tokenizer`, of a `level`."""

    kind: Literal["bm25"] = "bm25"
    top_k: int = Field(default=20, ge=1)
    tokenizer: TokenizerSettings = SudachiTokenizerSettings()
    level: Level = ""

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: No collection is open.
        """
        collection = searched_collection(parts, self.kind, self.level)
        return WordRetriever(collection, WordIndex(self.tokenizer), self.top_k)


class TfidfRetrieverSettings(ComponentSettings):
    """The `top_k` best nodes by the cosine of TF-IDF vectors of `tokenizer`, of a `level`.

    Unlike BM25 its scores are shares of the best that is possible, in [0, 1], and a long node loses
    by every word that the question does not have.
    """

    kind: Literal["tfidf"] = "tfidf"
    top_k: int = Field(default=20, ge=1)
    tokenizer: TokenizerSettings = SudachiTokenizerSettings()
    level: Level = ""

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: No collection is open.
        """
        collection = searched_collection(parts, self.kind, self.level)
        return WordRetriever(collection, WordIndex(self.tokenizer, "tfidf"), self.top_k)


class WordRetriever(BaseRetriever):
    """Best first, scores above 0; ties by node id. A question of unknown words finds nothing."""

    def __init__(self, collection: Collection, index: WordIndex, top_k: int) -> None:
        super().__init__()
        self._collection = collection
        self._index = index
        self._top_k = top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._collection.search_words(self._index, query_bundle.query_str, self._top_k)
        return scored_nodes(self._collection, hits, self._top_k)
