"""How well a word is heard in a text: its morae against the most similar stretch of the text's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.mora_scores import gap_score, mora_score

# Stands between two texts: nothing aligns with it.
_WALL = 1e4


class MoraTexts:
    """Texts as morae, side by side, so that one word is aligned with all of them at once."""

    def __init__(self, vocabulary: Sequence[str], texts: Sequence[NDArray[np.int32]]) -> None:
        """Take the morae of each text as numbers into `vocabulary`; a text may be empty."""
        self._vocabulary = vocabulary
        lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
        ends = np.cumsum(lengths) - 1
        self._starts = ends - lengths + 1
        self._flat = np.full(int(lengths.sum()), len(vocabulary), dtype=np.int32)
        for start, text in zip(self._starts, texts, strict=True):
            self._flat[start : start + len(text)] = text
        gaps = np.array([*map(gap_score, vocabulary), _WALL])
        self._before = np.concatenate([[0.0], np.cumsum(gaps[self._flat])])

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
        if not word or not len(self._starts):
            return np.zeros(len(self._starts))
        best = np.zeros(len(self._flat) + 1)
        aligned = np.empty_like(best)
        for mora in word:
            gap = gap_score(mora)
            scores = np.array([*(mora_score(mora, name) for name in self._vocabulary), -_WALL])
            aligned[0] = best[0] - gap
            np.maximum(best[:-1] + scores[self._flat], best[1:] - gap, out=aligned[1:])
            aligned += self._before
            np.maximum.accumulate(aligned, out=best)
            best -= self._before
        own = sum(mora_score(mora, mora) for mora in word)
        shares: NDArray[np.float64] = np.maximum.reduceat(best[1:], self._starts) / own
        return np.clip(shares, 0.0, 1.0)
