"""Drops everything when a question is about something else than the collection."""

from __future__ import annotations

import math
from typing import Literal

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.japanese.tokens import SudachiTokenizerSettings, TokenizerSettings
from pipelines.parts import Collection, Parts

# What BM25 (k1 = 1.5) gives for a word that occurs once in a node of mean length, in idf.
_ONCE = 1 / (1 + 1.5)


class CutoffSettings(ComponentSettings):
    """Keeps all nodes or none: none if the whole collection is far from the question.

    That is so when the best node by embedding has a cosine similarity below `min_similarity` and
    the best node by BM25 shares less with the question than `min_words` words that no other node
    holds. Either is enough to keep the nodes: a question in another language shares no words, and
    one that names a rare term need not resemble its passage.

    Similarities of different embedding models have different ranges: the default is for
    multilingual-e5-small (docs/answering.md).
    """

    kind: Literal["cutoff"] = "cutoff"
    min_similarity: float = Field(default=0.835, ge=-1, le=1)
    min_words: float = Field(default=2.0, ge=0)
    tokenizer: TokenizerSettings = SudachiTokenizerSettings()

    def build(self, parts: Parts) -> BaseNodePostprocessor:
        """The postprocessor.

        Raises:
            ConfigError: No collection or no embedding model is configured.
        """
        if parts.collection is None or parts.embed_model is None:
            raise ConfigError("cutoff: needs a collection and an embedding model: run ingest first")
        return CutoffPostprocessor(self, parts.collection, parts.embed_model)


class CutoffPostprocessor(BaseNodePostprocessor):
    """See CutoffSettings."""

    _settings: CutoffSettings = PrivateAttr()
    _collection: Collection = PrivateAttr()
    _embed_model: BaseEmbedding = PrivateAttr()

    def __init__(
        self, settings: CutoffSettings, collection: Collection, embed_model: BaseEmbedding
    ) -> None:
        super().__init__()
        self._settings = settings
        self._collection = collection
        self._embed_model = embed_model

    @classmethod
    def class_name(cls) -> str:
        return "CutoffPostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            return nodes
        words = self._words(query_bundle.query_str)
        if words >= self._settings.min_words:
            return nodes
        return nodes if self._similarity(query_bundle) >= self._settings.min_similarity else []

    def _words(self, question: str) -> float:
        """The best BM25 score, in words that stand once in one node only."""
        hits = self._collection.search_words(self._settings.tokenizer, question, 1)
        if not hits:
            return 0.0
        count = self._collection.counts()[2]
        rarest = math.log(1 + (count - 1 + 0.5) / (1 + 0.5))
        return hits[0][1] / (rarest * _ONCE)

    def _similarity(self, query: QueryBundle) -> float:
        embedding = query.embedding or self._embed_model.get_query_embedding(query.query_str)
        hits = self._collection.search_vectors(embedding, 1)
        return hits[0][1] if hits else -1.0
