"""Vectors that are kept: each text once, whatever collection it is embedded for."""

from __future__ import annotations

from pathlib import Path

import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field

from evals.cached_embedding import CachedEmbedding
from evals.stage_cache import StageCache


class Counting(BaseEmbedding):
    """Vectors that tell the side and the length; remembers what it was asked."""

    asked: list[str] = Field(default_factory=list)

    def _get_text_embedding(self, text: str) -> list[float]:
        self.asked.append(text)
        return [0.5, float(len(text))]

    def _get_query_embedding(self, query: str) -> list[float]:
        self.asked.append(query)
        return [-0.5, float(len(query))]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


@pytest.fixture
def cache(tmp_path: Path) -> StageCache:
    return StageCache(tmp_path / "r.sqlite")


def test_a_text_is_embedded_once(cache: StageCache) -> None:
    model = Counting()
    first = CachedEmbedding(model, "m", cache)
    assert first.get_text_embedding_batch(["川", "山道", "川"]) == [[0.5, 1], [0.5, 2], [0.5, 1]]
    again = CachedEmbedding(model, "m", cache)
    assert again.get_text_embedding_batch(["山道", "魚"]) == [[0.5, 2], [0.5, 1]]
    assert model.asked == ["川", "山道", "魚"]


def test_another_model_has_its_own_vectors(cache: StageCache) -> None:
    model = Counting()
    for identity in ("m", {"model": "m", "revision": 2}):
        CachedEmbedding(model, identity, cache).get_text_embedding("川")
    assert model.asked == ["川", "川"]


def test_a_question_is_no_text(cache: StageCache) -> None:
    embedding = CachedEmbedding(Counting(), "m", cache)
    assert embedding.get_text_embedding("川") == [0.5, 1]
    assert embedding.get_query_embedding("川") == [-0.5, 1]


def test_vectors_come_back_to_the_bit(cache: StageCache) -> None:
    third = 0.3333333432674408  # the float32 nearest to 1/3

    class Thirds(Counting):
        def _get_text_embedding(self, text: str) -> list[float]:  # noqa: ARG002
            return [third, -third]

    for _ in range(2):
        assert CachedEmbedding(Thirds(), "m", cache).get_text_embedding("川") == [third, -third]
