"""An embedding whose vectors are kept, so that collections which share texts compute each once."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from typing_extensions import override

from evals.stage_cache import StageCache, code_version
from pipelines.component import fingerprint

_ROOM = ("pipelines/embeddings",)


class CachedEmbedding(BaseEmbedding):
    """Looks a text's vector up before it asks the model; questions are not kept.

    Vectors are those of the model to the bit, as float32 numbers.
    """

    _model: BaseEmbedding = PrivateAttr()
    _cache: StageCache = PrivateAttr()
    _identity: str = PrivateAttr()

    def __init__(self, model: BaseEmbedding, identity: Any, cache: StageCache) -> None:
        """
        Args:
            model: Computes what is not there.
            identity: What its vectors depend on, a JSON value.
            cache: Where they are kept.
        """
        super().__init__(model_name=model.model_name, embed_batch_size=model.embed_batch_size)
        self._model = model
        self._cache = cache
        self._identity = fingerprint([identity, code_version(_ROOM)])

    @override
    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        keys = [f"embedding-{fingerprint([self._identity, text])}" for text in texts]
        kept = {key: found for key in keys if (found := self._cache.get(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
        if missing:
            vectors = self._model.get_text_embedding_batch(list(missing.values()))
            new = {key: _written(vector) for key, vector in zip(missing, vectors, strict=True)}
            self._cache.put_all("embedding", new)
            kept |= new
        return [_read(kept[key]) for key in keys]

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        return self._model.get_query_embedding(query)

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def _written(vector: list[float]) -> str:
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode("ascii")


def _read(written: str) -> list[float]:
    vector: list[float] = np.frombuffer(base64.b64decode(written), dtype="<f4").tolist()
    return vector
