"""Drops everything when a question is about something else than the collection."""

from __future__ import annotations

import re
from typing import Literal

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.japanese.sentences import JAPANESE_LETTERS
from pipelines.japanese.tokens import SudachiTokenizerSettings, TokenizerSettings
from pipelines.parts import Collection, Parts
from pipelines.word_index import WordIndex

_JAPANESE = re.compile(f"[{JAPANESE_LETTERS}]")


class CutoffSettings(ComponentSettings):
    """Keeps all nodes or none: none if the question is about something that the collection lacks.

    That is so when the best node by embedding has a cosine similarity below `min_similarity`, and
    at least the share `max_unknown` of the question's words stands nowhere in the collection. One
    alone says little: short questions resemble nothing much, and a good question may use other
    words. A question without Japanese letters keeps everything: asked of Japanese documents, none
    of its words would stand there.

    Similarities of different embedding models have different ranges: the default is for
    multilingual-e5-small (docs/answering.md).
    """

    kind: Literal["cutoff"] = "cutoff"
    min_similarity: float = Field(default=0.835, ge=-1, le=1)
    max_unknown: float = Field(default=0.5, gt=0, le=1)
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
        if query_bundle is None or not _JAPANESE.search(query_bundle.query_str):
            return nodes
        if self._similarity(query_bundle) >= self._settings.min_similarity:
            return nodes
        unknown = self._unknown(query_bundle.query_str)
        return [] if unknown >= self._settings.max_unknown else nodes

    def _unknown(self, question: str) -> float:
        """The share of the question's words that no node holds; 0 if it has no words."""
        tokenizer = self._settings.tokenizer
        words = set(tokenizer.build().tokenize(question))
        index = WordIndex(tokenizer)
        unknown = [w for w in words if not self._collection.search_words(index, w, 1)]
        return len(unknown) / len(words) if words else 0.0

    def _similarity(self, query: QueryBundle) -> float:
        embedding = query.embedding or self._embed_model.get_query_embedding(query.query_str)
        hits = self._collection.search_vectors(embedding, 1)
        return hits[0][1] if hits else -1.0
