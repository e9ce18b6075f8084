"""How well a word is heard in a text: its morae against the most similar stretch of the text's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.compiled import compiled
from pipelines.japanese.mora_scores import gap_score, mora_score

Whole = NDArray[np.int32]


class MoraTexts:
    """Texts as morae, so that one word is aligned with all of them at once."""

    def __init__(self, vocabulary: Sequence[str], texts: Sequence[NDArray[np.int32]]) -> None:
        """Take the morae of each text as numbers into `vocabulary`; a text may be empty."""
        self._vocabulary = vocabulary
        self._gaps = _gaps(vocabulary)
        self._edges = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        self._morae = np.concatenate([np.empty(0, dtype=np.int32), *texts])

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
        is added; never below 0. Exact: scores are whole tenths. O(morae of word x morae of texts).

        Source: approximate matching of Sellers 1980 with similarities for distances.
        """
        if not word:
            return np.zeros(len(self._edges) - 1)
        gaps = _gaps(word)
        scores = [[_score(mora, name) for mora in word] for name in self._vocabulary]
        gains = np.array(scores, dtype=np.int32).reshape(-1, len(word)) + gaps + self._gaps[:, None]
        best: Whole = _best_alignments(gains, gaps, self._gaps, self._morae, self._edges)
        own = sum(_score(mora, mora) for mora in word)
        similar: NDArray[np.float64] = np.clip(best / own, 0.0, 1.0)
        return similar


# Scores are whole tenths, so that sums of integers are exact.


@cache
def _score(one: str, other: str) -> int:
    return round(10 * mora_score(one, other))


@cache
def _gap(mora: str) -> int:
    return round(10 * gap_score(mora))


def _gaps(morae: Sequence[str]) -> Whole:
    return np.array([_gap(mora) for mora in morae], dtype=np.int32)


@compiled
def _best_alignments(
    gains: Whole, word_gaps: Whole, text_gaps: Whole, morae: Whole, edges: NDArray[np.int64]
) -> Whole:
    """The highest score of an alignment of the whole word with a stretch of each text.

    Row i of the table holds the scores of the word's first i morae, raised by their gaps and by
    those of all morae of the text so far. So a gap on either side changes nothing, an aligned pair
    adds its `gains` (text mora, word mora: its score and both gaps), and a cell is two maxima.
    """
    size = word_gaps.shape[0]
    least = -word_gaps.sum()
    best = np.empty(edges.shape[0] - 1, dtype=np.int32)
    column = np.empty(size, dtype=np.int32)
    for text in range(best.shape[0]):
        column[:] = 0
        passed = np.int32(0)
        highest = np.int32(0)
        for place in range(edges[text], edges[text + 1]):
            mora = morae[place]
            before = passed
            passed += text_gaps[mora]
            here = passed
            for row in range(size):
                above = column[row]
                here = max(here, above, before + gains[mora, row])
                column[row] = here
                before = above
            highest = max(highest, here - passed)
        best[text] = highest + least
    return best
