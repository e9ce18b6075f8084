"""How well a word is heard in a text: its morae against the most similar stretch of the text's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.compiled import compiled
from pipelines.japanese.mora_scores import gap_score, mora_score

Whole = NDArray[np.int32]


class MoraTexts:
    """Texts as morae, so that one word is aligned with all of them at once."""

    def __init__(
        self, vocabulary: tuple[str, ...], flat: NDArray[np.int32], edges: NDArray[np.int64]
    ) -> None:
        """Take as text i the morae `flat[edges[i] : edges[i + 1]]`, numbers into `vocabulary`."""
        self._vocabulary = vocabulary
        self._morae = flat
        self._edges = edges

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> MoraTexts:
        """Texts whose morae are given by name (see `morae.morae`)."""
        names = sorted({mora for text in texts for mora in text})
        numbers = {mora: number for number, mora in enumerate(names)}
        flat = np.array([numbers[mora] for text in texts for mora in text], dtype=np.int32)
        return cls(tuple(names), flat, np.cumsum([0, *map(len, texts)], dtype=np.int64))

    def similarity(
        self, word: Sequence[str], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """The best alignment of the whole word with a stretch of each text, or of those of `rows`.

        1 for a text that holds the word's morae, less for each that sounds otherwise, is missing or
        is added; never below 0. Exact: scores are whole tenths. O(morae of word x morae of texts).

        Source: approximate matching of Sellers 1980 with similarities for distances.
        """
        starts = self._edges[:-1] if rows is None else self._edges[rows]
        ends = self._edges[1:] if rows is None else self._edges[rows + 1]
        if not word:
            return np.zeros(len(starts))
        gaps, text_gaps = _gaps(tuple(word)), _gaps(self._vocabulary)
        scores = np.stack([_column(self._vocabulary, mora) for mora in word], axis=1)
        gains = scores + gaps + text_gaps[:, None]
        best: Whole = _best_alignments(gains, gaps, text_gaps, self._morae, starts, ends)
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


@lru_cache(maxsize=256)
def _gaps(morae: tuple[str, ...]) -> Whole:
    return np.array([_gap(mora) for mora in morae], dtype=np.int32)


@lru_cache(maxsize=4096)
def _column(vocabulary: tuple[str, ...], mora: str) -> Whole:
    return np.array([_score(mora, name) for name in vocabulary], dtype=np.int32)


@compiled
def _best_alignments(
    gains: Whole,
    word_gaps: Whole,
    text_gaps: Whole,
    morae: Whole,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> Whole:
    """The highest score of an alignment of the whole word with a stretch of each text.

    Row i of the table holds the scores of the word's first i morae, raised by their gaps and by
    those of all morae of the text so far. So a gap on either side changes nothing, an aligned pair
    adds its `gains` (text mora, word mora: its score and both gaps), and a cell is two maxima.

    Half of the time would go into sums that Numba widens to 64 bits and into its question whether
    an index is negative, hence the casts.
    """
    size = word_gaps.shape[0]
    least = np.int32(-word_gaps.sum())
    best = np.empty(starts.shape[0], dtype=np.int32)
    column = np.empty(size, dtype=np.int32)
    for text in range(best.shape[0]):
        column[:] = 0
        passed = np.int32(0)
        highest = np.int32(0)
        for place in range(starts[text], ends[text]):
            mora = np.uint32(morae[place])
            before = passed
            passed = np.int32(passed + text_gaps[mora])
            here = passed
            for row in range(size):
                above = column[row]
                here = max(here, max(above, np.int32(before + gains[mora, row])))
                column[row] = here
                before = above
            highest = max(highest, np.int32(here - passed))
        best[text] = highest + least
    return best
