"""An embedding without a model: texts are near that share letters."""

from __future__ import annotations

import zlib

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field
from typing_extensions import override

_DIMENSIONS = 64


class LetterEmbedding(BaseEmbedding):
    """Counts of letters, hashed; notes each batch of passages, and refuses queries."""

    passages: list[str] = Field(default_factory=list)

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        self.passages.append(text)
        vector = [0.0] * _DIMENSIONS
        for letter in text:
            vector[zlib.crc32(letter.encode("utf-8", "replace")) % _DIMENSIONS] += 1.0
        return vector

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        raise AssertionError("a document is embedded with the passage side")

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)
