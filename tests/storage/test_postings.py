from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from storage.postings import Postings, build_postings

documents = st.lists(st.text("abc", max_size=8), min_size=1, max_size=10)


def postings(texts: Sequence[str], weighting: str = "bm25", gram: int = 1) -> Postings:
    """Texts of the letters a, b and c, which are the tokens 0, 1 and 2."""
    flat = np.array(["abc".index(letter) for text in texts for letter in text], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, texts)])
    return build_postings(flat, offsets, 3, weighting, gram)  # type: ignore[arg-type]


def numbers(text: str) -> list[int]:
    return ["abc".index(letter) for letter in text]


@settings(deadline=None)
@given(documents, st.text("abc", min_size=1, max_size=4))
def test_tfidf_is_that_of_scikit_learn(texts: list[str], question: str) -> None:
    scores = postings(texts, "tfidf").scores(numbers(question))
    known = set("".join(texts))
    if not known & set(question):
        assert scores is None
        return
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, vocabulary=sorted(known))
    matrix = vectorizer.fit_transform(texts)
    expected = (matrix @ vectorizer.transform([question]).T).toarray()[:, 0]
    assert scores == pytest.approx(expected, abs=1e-5)


@settings(deadline=None)
@given(documents, st.text("abc", min_size=1, max_size=4))
def test_bm25_is_that_of_bm25s(texts: list[str], question: str) -> None:
    scores = postings(texts).scores(numbers(question))
    known = sorted(set("".join(texts)))
    if not set(known) & set(question):
        assert scores is None
        return
    index = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    ids = {letter: number for number, letter in enumerate(known)}
    index.index(
        ([[ids[letter] for letter in text] for text in texts], ids),
        create_empty_token=False,
        show_progress=False,
    )
    expected = index.get_scores_from_ids([ids[letter] for letter in question if letter in ids])
    assert scores == pytest.approx(expected, rel=1e-4)


@settings(deadline=None)  # The first sum is compiled.
@given(documents, st.text("abc", min_size=1, max_size=4))
def test_pairs_are_those_inside_of_a_text(texts: list[str], question: str) -> None:
    """A row scores if and only if it holds a pair of neighbours that the question holds."""

    def pairs(text: str) -> Counter[str]:
        return Counter(text[i : i + 2] for i in range(len(text) - 1))

    scores = postings(texts, gram=2).scores(numbers(question))
    shared = [bool(pairs(text).keys() & pairs(question).keys()) for text in texts]
    if scores is None:
        assert not any(shared)
    else:
        assert [score > 0 for score in scores] == shared


def test_an_unknown_token_ends_a_run() -> None:
    """a, unknown, c: neither "ac" nor any pair of a number before it is found."""
    built = postings(["ac", "ab", "cb", "ba"], gram=2)
    assert built.scores([0, -1, 2]) is None
    assert built.scores([0, 2]) is not None
