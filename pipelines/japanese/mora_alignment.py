"""How well a word is heard in a text: its morae against the most similar stretch of the text's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.mora_scores import gap_score, mora_score

# Nothing aligns with what fills a column below a shorter text.
_NEVER = -1e4
# Rows that are taken together.
_BLOCK = 16


class MoraTexts:
    """Texts as morae, so that one word is aligned with all of them at once."""

    def __init__(self, vocabulary: Sequence[str], texts: Sequence[NDArray[np.int32]]) -> None:
        """Take the morae of each text as numbers into `vocabulary`; a text may be empty."""
        self._vocabulary = vocabulary
        self._count = len(texts)
        gaps = np.array([*map(gap_score, vocabulary), 0.0], dtype=np.float32)
        self._columns = [
            (places, _Columns([texts[place] for place in places], gaps))
            for places in _of_like_length([len(text) for text in texts])
        ]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> MoraTexts:
        """Texts whose morae are given by name (see `morae.morae`)."""
        names = sorted({mora for text in texts for mora in text})
        numbers = {mora: number for number, mora in enumerate(names)}
        rows = [np.array([numbers[mora] for mora in text], dtype=np.int32) for text in texts]
        return cls(names, rows)

    def similarity(self, word: Sequence[str]) -> NDArray[np.float64]:
        """The best alignment of the whole word with a stretch of each text, one value a text.

        1 for a text that holds the word's morae, less for each that sounds otherwise, is missing or
        is added; never below 0. Computed over all texts at once: O(morae of word x morae of texts).

        Source: approximate matching of Sellers 1980 with similarities for distances; running past
        morae of the text is a prefix maximum.
        """
        shares = np.zeros(self._count)
        if not word:
            return shares
        scores = [
            np.array([*(mora_score(mora, name) for name in self._vocabulary), _NEVER], np.float32)
            for mora in word
        ]
        gaps = [np.float32(gap_score(mora)) for mora in word]
        for places, columns in self._columns:
            shares[places] = columns.best(scores, gaps)
        own = sum(mora_score(mora, mora) for mora in word)
        return np.clip(shares / own, 0.0, 1.0)


class _Columns:
    """Texts of like length, each a column, so that neighbours in memory are the texts and a step
    is one operation over all of them."""

    def __init__(self, texts: Sequence[NDArray[np.int32]], gaps: NDArray[np.float32]) -> None:
        lengths = np.array([len(text) for text in texts])
        self._height = -(-(int(lengths.max()) + 1) // _BLOCK) * _BLOCK
        rows = np.full((len(texts), self._height - 1), len(gaps) - 1, dtype=np.intp)
        rows[np.arange(self._height - 1) < lengths[:, None]] = np.concatenate(texts)
        self._morae = np.ascontiguousarray(rows.T)
        self._before = np.zeros((self._height, len(texts)), dtype=np.float32)
        np.cumsum(gaps[self._morae], axis=0, out=self._before[1:])

    def best(
        self, scores: Sequence[NDArray[np.float32]], gaps: Sequence[np.float32]
    ) -> NDArray[np.float32]:
        """The highest score of an alignment of the whole word, a value a text."""
        best = np.zeros_like(self._before)
        aligned = np.empty_like(best)
        scored = np.empty(self._morae.shape, dtype=np.float32)
        for row, gap in zip(scores, gaps, strict=True):
            np.take(row, self._morae, out=scored, mode="clip")
            scored += best[:-1]
            np.subtract(best, gap, out=aligned)
            np.maximum(aligned[1:], scored, out=aligned[1:])
            aligned += self._before
            _prefix_maximum(aligned)
            np.subtract(aligned, self._before, out=best)
        highest: NDArray[np.float32] = best.max(axis=0)
        return highest


def _prefix_maximum(values: NDArray[np.float32]) -> None:
    """Make each row the maximum of itself and those above; their number is a multiple of a block.

    `np.maximum.accumulate` goes down one column after the other, which takes several times as long.
    """
    blocks = values.reshape(-1, _BLOCK, values.shape[1])
    for row in range(1, _BLOCK):
        np.maximum(blocks[:, row - 1], blocks[:, row], out=blocks[:, row])
    lasts = blocks[:, -1].copy()
    for above, here in pairwise(lasts):
        np.maximum(above, here, out=here)
    np.maximum(blocks[1:], lasts[:-1, None], out=blocks[1:])


def _of_like_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The places of all lengths above 0, in groups whose longest is at most twice the shortest."""
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and lengths[place] > 2 * lengths[group[0]]:
            yield group
            group = []
        if lengths[place]:
            group.append(place)
    if group:
        yield group
