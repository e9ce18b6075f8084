from __future__ import annotations

import math

import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

from evals.synthesis.duplicates import AskedQuestions
from evals.synthesis.rejection import RejectedError


class Compass(BaseEmbedding):
    """Gives each question the direction that a test names, in degrees, and a length of 3."""

    degrees: dict[str, float]

    def _get_query_embedding(self, query: str) -> list[float]:
        angle = math.radians(self.degrees[query])
        return [3 * math.cos(angle), 3 * math.sin(angle)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        raise AssertionError(f"questions are embedded on the query side: {text}")


def test_the_same_meaning_in_other_words_is_a_duplicate() -> None:
    asked = AskedQuestions(Compass(degrees={"abcdef": 0, "uvwxyz": 10, "ghijkl": 60}))
    asked.add(["abcdef"])
    with pytest.raises(RejectedError, match=r"cosine 0.985 with 'abcdef': uvwxyz") as caught:
        asked.check("uvwxyz")  # cos 10° = .985
    assert caught.value.reason == "duplicate"
    assert asked.check("ghijkl") == pytest.approx(0.5)


def test_the_same_letters_are_a_duplicate_whatever_the_vector_says() -> None:
    before, now = "川会議はいつ開かれますか", "川会議はいつ、開かれるか？"
    asked = AskedQuestions(Compass(degrees={before: 0, now: 90}))
    asked.add([before])
    # 11 bigrams and 10: all but れま ます すか and れる るか are shared, 8 of 13.
    with pytest.raises(RejectedError, match=r"shares 0.62 of its bigrams with") as caught:
        asked.check(now)
    assert caught.value.reason == "duplicate"


def test_nothing_was_asked_before_the_first() -> None:
    assert AskedQuestions(Compass(degrees={})).check("abc") == 0.0
