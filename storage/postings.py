"""Weighted postings: which rows hold a run of tokens, and how much that says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.word_index import Weighting

K1 = 1.5
B = 0.75


@dataclass(frozen=True)
class Postings:
    """Rows and weights of each gram, a run of one or more tokens.

    Gram number g, whose key is `grams[g]` (ascending), stands in the rows `rows[starts[g]:
    starts[g + 1]]` (ascending) with the weights at the same places; `idf[g]` is its own. `total`
    counts all rows. Arrays may be memory-mapped.
    """

    weighting: Weighting
    gram: int
    vocabulary: int
    total: int
    grams: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]

    def scores(self, tokens: Sequence[int]) -> NDArray[np.float32] | None:
        """The score of every row for a question's tokens; None when no row holds any of its grams.

        bm25: the sum over the question's grams, repeated ones counted again, of
        idf * tf / (tf + k1 * (1 - b + b * length / mean length)) with idf = ln(1 + (N - df + 0.5) /
        (df + 0.5)), k1 1.5, b 0.75. Source: Robertson and Zaragoza 2009, Lucene 8's variant.
        tfidf: the cosine, in [0, 1], of vectors of (1 + ln tf) * idf with idf = ln((1 + N) /
        (1 + df)) + 1. Source: Salton and Buckley 1988, idf smoothed as in scikit-learn.
        Grams that stand nowhere count for neither.
        """
        keys = _keys(np.asarray(tokens, dtype=np.int64), self.gram, self.vocabulary)
        counts: Counter[int] = Counter()
        for key, place in zip(keys, np.searchsorted(self.grams, keys), strict=True):
            if place < len(self.grams) and self.grams[place] == key:
                counts[int(place)] += 1
        if not counts:
            return None
        weights = {place: float(count) for place, count in counts.items()}
        if self.weighting == "tfidf":
            weights = {p: (1 + np.log(n)) * float(self.idf[p]) for p, n in counts.items()}
            length = float(np.sqrt(sum(weight**2 for weight in weights.values())))
            weights = {place: weight / length for place, weight in weights.items()}
        places = np.array(list(weights), dtype=np.int64)
        factors = np.array(list(weights.values()), dtype=np.float32)
        return self._sum(self.starts[places], self.starts[places + 1], factors)

    def _sum(
        self,
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
        factors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        scores = np.zeros(self.total, dtype=np.float32)
        # Plain views: slicing a memory-mapped array itself takes ten times as long.
        rows, weights = np.asarray(self.rows), np.asarray(self.weights)
        if self.gram > 1:
            # Not for words: they are rare, and loading the compiler takes longer than it saves.
            from storage.posting_sums import add_postings

            add_postings(scores, rows, weights, begins, ends, factors)
            return scores
        for begin, end, factor in zip(begins.tolist(), ends.tolist(), factors, strict=True):
            scores[rows[begin:end]] += factor * weights[begin:end]
        return scores


def build_postings(
    flat: NDArray[np.int32],
    offsets: NDArray[np.int64],
    vocabulary: int,
    weighting: Weighting = "bm25",
    gram: int = 1,
) -> Postings:
    """The postings of rows of tokens; those of row i are `flat[offsets[i]:offsets[i + 1]]`.

    Args:
        flat: Token numbers, each below `vocabulary`.
        offsets: One more than there are rows.
        vocabulary: How many tokens there are.
        weighting: See `Postings.scores`.
        gram: Tokens in a run; a row's runs do not reach into the next row.
    """
    total = len(offsets) - 1
    row_of = np.repeat(np.arange(total, dtype=np.int64), np.diff(offsets))
    keys = _keys(flat.astype(np.int64), gram, vocabulary)
    if gram > 1 and len(keys):
        inside = row_of[: len(keys)] == row_of[gram - 1 :]
        keys, row_of = keys[inside], row_of[: len(keys)][inside]
    row_of = row_of[: len(keys)]
    grams, numbers = np.unique(keys, return_inverse=True)
    lengths = np.bincount(row_of, minlength=total).astype(np.float64)
    pairs, tf = np.unique(numbers.astype(np.int64) * max(total, 1) + row_of, return_counts=True)
    gram_of, rows = np.divmod(pairs, max(total, 1))
    df = np.bincount(gram_of, minlength=len(grams)).astype(np.float64)
    if weighting == "bm25":
        idf = np.log1p((total - df + 0.5) / (df + 0.5))
        mean = max(float(lengths.mean()) if total else 0.0, 1e-9)
        weights = idf[gram_of] * tf / (tf + K1 * (1 - B + B * lengths[rows] / mean))
    else:
        idf = np.log((1 + total) / (1 + df)) + 1
        weights = (1 + np.log(tf)) * idf[gram_of]
        norms = np.sqrt(np.bincount(rows, weights**2, minlength=total))
        weights = weights / norms[rows]
    return Postings(
        weighting,
        gram,
        vocabulary,
        total,
        grams,
        np.concatenate([[0], np.cumsum(df)]).astype(np.int64),
        rows.astype(np.int32),
        weights.astype(np.float32),
        idf.astype(np.float32),
    )


def _keys(tokens: NDArray[np.int64], gram: int, vocabulary: int) -> NDArray[np.int64]:
    """The runs of `gram` tokens, each as one number with the vocabulary's size as its base.

    A run with a negative token, which stands for an unknown one, is negative itself.
    """
    runs = len(tokens) - gram + 1
    if runs <= 0:
        return np.empty(0, dtype=np.int64)
    keys = np.zeros(runs, dtype=np.int64)
    known = np.ones(runs, dtype=bool)
    for place in range(gram):
        part = tokens[place : place + runs]
        keys = keys * max(vocabulary, 1) + part
        known &= part >= 0
    return np.where(known, keys, -1)
