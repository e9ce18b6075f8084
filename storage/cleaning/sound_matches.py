"""Where a term is heard in a text: runs of whole words whose morae align with the term's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from storage.cleaning.heard_words import HeardWord
from storage.cleaning.mora_similarity import mora_similarity

# Of a term's pairs of morae, the share that must stand where they would if it were heard.
_PAIRS = 0.5
# Longer and shorter runs of words than so many times the term are another word.
_SHORTEST, _LONGEST = 0.75, 1.34
_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class SoundMatch:
    """Words from `first` to before `last` that sound like a term; `similarity` is 1 where they
    sound the same, and never below 0."""

    first: int
    last: int
    similarity: float


class SoundIndex:
    """The words of a text by pairs of morae."""

    def __init__(self, words: Sequence[HeardWord]) -> None:
        """Index words in order; one without morae is a border that no match crosses."""
        self._words = words
        self._morae: list[str] = []
        self._word_of: list[int] = []
        # Of each word, where its morae begin; of the end, where the last one's end.
        self._begins = [0]
        for place, word in enumerate(words):
            self._morae += word.morae or ("|",)
            self._word_of += [place] * max(1, len(word.morae))
            self._begins.append(len(self._morae))
        pairs: dict[tuple[str, str], list[int]] = {}
        for place in range(len(self._morae) - 1):
            pairs.setdefault((self._morae[place], self._morae[place + 1]), []).append(place)
        self._pairs = {pair: np.array(places) for pair, places in pairs.items()}

    def find(self, way: Sequence[str], least: float) -> list[SoundMatch]:
        """All runs of words that sound like a term to at least that similarity, in order.

        Args:
            way: The term's morae, two or more.
            least: In (0, 1].

        Similarity is that of all morae of both (`mora_similarity`).
        """
        bag = Counter(way)
        found: dict[tuple[int, int], SoundMatch] = {}
        for first, last in self._runs(way):
            if (first, last) in found:
                continue
            heard = self._morae[self._begins[first] : self._begins[last]]
            shared = sum((bag & Counter(heard)).values())
            if shared < least * len(way) / 2:
                continue
            similarity = mora_similarity(way, heard)
            if similarity >= least:
                found[first, last] = SoundMatch(first, last, similarity)
        return sorted(found.values(), key=lambda match: (match.first, match.last))

    def _runs(self, way: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Runs of words of about the term's length near to where its pairs stand."""
        starts = [
            self._pairs.get((one, other), _NONE) - offset
            for offset, (one, other) in enumerate(pairwise(way))
        ]
        places, votes = np.unique(np.concatenate(starts), return_counts=True)
        by_place = dict(zip(places.tolist(), votes.tolist(), strict=True))
        needed = max(1, int(_PAIRS * (len(way) - 1)))
        seen: set[tuple[int, int]] = set()
        for place, count in by_place.items():
            # A mora more or less in between moves what follows by one.
            near = count + by_place.get(place - 1, 0) + by_place.get(place + 1, 0)
            if near < needed or not 0 <= place < len(self._morae):
                continue
            middle = self._word_of[place]
            for first in range(max(0, middle - 1), min(len(self._words), middle + 2)):
                for last in self._ends(first, len(way)):
                    if (first, last) not in seen:
                        seen.add((first, last))
                        yield first, last

    def _ends(self, first: int, length: int) -> Iterator[int]:
        for last in range(first, len(self._words)):
            if not self._words[last].morae:
                return
            morae = self._begins[last + 1] - self._begins[first]
            if morae > _LONGEST * length:
                return
            if morae >= _SHORTEST * length:
                yield last + 1
