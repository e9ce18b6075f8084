"""How well a word is heard in a text: its morae against the most similar stretch of the text's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.mora_scores import gap_score, mora_score

# Nothing aligns with what fills a column below a shorter text.
_NEVER = np.float32(-1e4)


class MoraTexts:
    """Texts as morae, each a column, so that one word is aligned with all of them at once."""

    def __init__(self, vocabulary: Sequence[str], texts: Sequence[NDArray[np.int32]]) -> None:
        """Take the morae of each text as numbers into `vocabulary`; a text may be empty."""
        self._vocabulary = vocabulary
        lengths = np.array([len(text) for text in texts], dtype=np.intp)
        longest = int(lengths.max(initial=0))
        rows = np.full((len(texts), longest), len(vocabulary), dtype=np.intp)
        if longest:
            rows[np.arange(longest) < lengths[:, None]] = np.concatenate(texts)
        # Neighbours in memory are the texts, so that each step is one operation over all of them.
        self._morae = np.ascontiguousarray(rows.T)
        gaps = np.array([*map(gap_score, vocabulary), 0.0], dtype=np.float32)
        self._before = np.zeros((longest + 1, len(texts)), dtype=np.float32)
        np.cumsum(gaps[self._morae], axis=0, out=self._before[1:])

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
        longest, texts = self._morae.shape
        if not word or not longest:
            return np.zeros(texts)
        best = np.zeros((longest + 1, texts), dtype=np.float32)
        aligned = np.empty_like(best)
        scored = np.empty((longest, texts), dtype=np.float32)
        for mora in word:
            gap = np.float32(gap_score(mora))
            row = [*(mora_score(mora, name) for name in self._vocabulary), _NEVER]
            np.take(np.array(row, dtype=np.float32), self._morae, out=scored, mode="clip")
            scored += best[:-1]
            np.subtract(best, gap, out=aligned)
            np.maximum(aligned[1:], scored, out=aligned[1:])
            aligned += self._before
            for above, here in pairwise(aligned):  # five times faster than maximum.accumulate
                np.maximum(above, here, out=here)
            np.subtract(aligned, self._before, out=best)
        own = sum(mora_score(mora, mora) for mora in word)
        shares: NDArray[np.float64] = best.max(axis=0).astype(np.float64) / own
        return np.clip(shares, 0.0, 1.0)
