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

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """Take the morae of each text (see `morae.morae`); a text may be empty."""
        self._known = {m: i for i, m in enumerate(sorted({m for text in texts for m in text}))}
        wall = len(self._known)
        numbers: list[int] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(numbers))
            numbers.extend(self._known[mora] for mora in text)
            numbers.append(wall)
        self._flat = np.array(numbers, dtype=np.int32)
        self._starts = np.array(starts, dtype=np.int64)
        gaps = np.array([*map(gap_score, self._known), _WALL])
        self._before = np.concatenate([[0.0], np.cumsum(gaps[self._flat])])

    def similarity(self, word: Sequence[str]) -> NDArray[np.float64]:
        """The best alignment of the whole word with a stretch of each text, one value a text.

        1 for a text that holds the word's morae, less for each that sounds otherwise, is missing or
        is added; never below 0. Computed over all texts at once: O(morae of word x morae of texts).

        Source: approximate matching of Sellers 1980 with similarities for distances; running past
        morae of the text is a prefix maximum.
        """
        if not word or not len(self._starts):
            return np.zeros(len(self._starts))
        names = [*self._known, ""]
        best = np.zeros(len(self._flat) + 1)
        for mora in word:
            gap = gap_score(mora)
            scores = np.array([mora_score(mora, name) if name else -_WALL for name in names])
            aligned = np.empty_like(best)
            aligned[0] = best[0] - gap
            np.maximum(best[:-1] + scores[self._flat], best[1:] - gap, out=aligned[1:])
            best = np.maximum.accumulate(aligned + self._before) - self._before
        own = sum(mora_score(mora, mora) for mora in word)
        shares = np.maximum.reduceat(best[1:], self._starts) / own
        return np.clip(shares, 0.0, 1.0)
