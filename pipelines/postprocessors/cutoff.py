"""Drops nodes of low score, and all when a question is about something else."""

from __future__ import annotations

import math
import re
from typing import Literal

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.japanese.interrogatives import INTERROGATIVES
from pipelines.japanese.sentences import JAPANESE_LETTERS
from pipelines.japanese.tokens import SudachiTokenizerSettings, TokenizerSettings
from pipelines.parts import Collection, Parts
from pipelines.question_embedding import question_embedding
from pipelines.word_index import WordIndex

_JAPANESE = re.compile(f"[{JAPANESE_LETTERS}]")


class CutoffSettings(ComponentSettings):
    """Drops nodes of low score, and all if the question is about something that is not there.

    A score below `min_score` is dropped, and one below the share `relative` of the best score; what
    scores mean is the business of what gave them (cosine, BM25, reciprocal ranks, log-odds), and
    a share means something only of scores above 0: if the best one is not, `relative` drops
    nothing. Both are off by default. A node without a score stays.

    All nodes are dropped if the question is about something that the collection lacks. That is so
    when the best node by embedding has a cosine similarity below `min_similarity`, and
    at least the share `max_unknown` of the question's words stands nowhere in the collection; words
    that ask (いつ, どこ, 何) are none of them, since no document need hold those. One
    alone says little: short questions resemble nothing much, and a good question may use other
    words. A question without Japanese letters keeps everything: asked of Japanese documents, none
    of its words would stand there. `min_similarity: null` switches this rule off.

    Similarities of different embedding models have different ranges: the default is for
    multilingual-e5-small (docs/answering.md).
    """

    kind: Literal["cutoff"] = "cutoff"
    min_score: float | None = None
    relative: float | None = Field(default=None, gt=0, le=1)
    min_similarity: float | None = Field(default=0.835, ge=-1, le=1)
    max_unknown: float = Field(default=0.5, gt=0, le=1)
    tokenizer: TokenizerSettings = SudachiTokenizerSettings()

    def build(self, parts: Parts) -> BaseNodePostprocessor:
        """The postprocessor.

        Raises:
            ConfigError: `min_similarity` is set and no collection or embedding model is there.
        """
        if self.min_similarity is None:
            return CutoffPostprocessor(self, None, None)
        if parts.collection is None or parts.embed_model is None:
            raise ConfigError("cutoff: needs a collection and an embedding model: run ingest first")
        return CutoffPostprocessor(self, parts.collection, parts.embed_model)


class CutoffPostprocessor(BaseNodePostprocessor):
    """See CutoffSettings."""

    _settings: CutoffSettings = PrivateAttr()
    _collection: Collection | None = PrivateAttr()
    _embed_model: BaseEmbedding | None = PrivateAttr()

    def __init__(
        self,
        settings: CutoffSettings,
        collection: Collection | None,
        embed_model: BaseEmbedding | None,
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
        if query_bundle is not None and self._off_topic(query_bundle):
            return []
        least = self._least(nodes)
        return [hit for hit in nodes if hit.score is None or hit.score >= least]

    def _least(self, nodes: list[NodeWithScore]) -> float:
        """The lowest score that is kept."""
        least = -math.inf if self._settings.min_score is None else self._settings.min_score
        best = max((hit.score for hit in nodes if hit.score is not None), default=0.0)
        if self._settings.relative is not None and best > 0:
            least = max(least, self._settings.relative * best)
        return least

    def _off_topic(self, query: QueryBundle) -> bool:
        """Whether the question is about something that the collection lacks."""
        if self._collection is None or self._embed_model is None:
            return False
        if not _JAPANESE.search(query.query_str):
            return False
        embedding = question_embedding(query, self._embed_model)
        hits = self._collection.search_vectors(embedding, 1)
        nearest = hits[0][1] if hits else -1.0
        if self._settings.min_similarity is None or nearest >= self._settings.min_similarity:
            return False
        return self._unknown(query.query_str, self._collection) >= self._settings.max_unknown

    def _unknown(self, question: str, collection: Collection) -> float:
        """The share of the question's words that no node holds; 0 if it only asks."""
        tokenizer = self._settings.tokenizer
        words = set(tokenizer.build().tokenize(question)) - INTERROGATIVES
        index = WordIndex(tokenizer)
        unknown = [word for word in words if not collection.search_words(index, word, 1)]
        return len(unknown) / len(words) if words else 0.0
