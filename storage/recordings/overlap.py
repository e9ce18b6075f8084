"""Recordings of one document that hold the same speech, aligned sentence by sentence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from pipelines.document import Section
from storage.recordings.better_reading import compare_readings
from storage.recordings.matching import Run, matching_stretches
from storage.recordings.recording import Recording, recordings_of

# Letters that one reading has at a sentence's border and the other lacks; up to so many they
# belong to a sentence, more are one that the other has not heard.
_SHORT = 20
# Least similarity of two readings of one sentence that stands between aligned ones; two sentences
# about different things have about a quarter of their letters in common.
_LEAST_ALIKE = 0.35


@dataclass(frozen=True)
class Pair:
    """Two readings of one sentence: spans of the document, end exclusive.

    `similarity` is twice the letters that both have in the same order over the letters of both, in
    0..1. A span may reach over a turn's end.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    similarity: float


@dataclass(frozen=True, eq=False)
class Overlap:
    """A stretch that two recordings have in common; `first` stands first in the document.

    `runs` are the letters that both have alike, in the letters of each recording.
    """

    first: Recording
    second: Recording
    runs: tuple[Run, ...]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The readings of each sentence of the first recording that the second has, too."""
        letters = self.first.letters
        found = []
        for start, end in self.first.sentences:
            low, high = letters.range_of(start, end)
            low = max(low, self.runs[0].first)
            high = min(high, self.runs[-1].first_end)
            if low < high and (pair := self._pair(low, high)):
                found.append(pair)
        return tuple(found)

    @property
    def similarity(self) -> float:
        """That of the whole stretch, as in `Pair`."""
        start, end = self.runs[0], self.runs[-1]
        letters = end.first_end - start.first + end.second_end - start.second
        return 2 * sum(run.length for run in self.runs) / letters

    @cached_property
    def spans(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The whole stretch in the document, in the first recording and in the second."""
        start, end = self.runs[0], self.runs[-1]
        return (
            self.first.span_of(start.first, end.first_end),
            self.second.span_of(start.second, end.second_end),
        )

    def swapped(self) -> Overlap:
        """The same seen from the second recording."""
        runs = tuple(Run(run.second, run.first, run.length) for run in self.runs)
        return Overlap(self.second, self.first, runs)

    def other_span(self, start: int, end: int) -> Pair | None:
        """How the second recording heard what the first one has at document[start:end].

        Returns:
            The part of the span that lies in this stretch, with its other reading; None where the
            second recording has not heard it.
        """
        low, high = self.first.letters.range_of(start, end)
        low, high = max(low, self.runs[0].first), min(high, self.runs[-1].first_end)
        return self._pair(low, high) if low < high else None

    def compared(self, pair: Pair) -> int:
        """1 if the first reading is thought better, -1 if the second is, 0 if neither."""
        return compare_readings(self.first.spoken(*pair.first), self.second.spoken(*pair.second))

    def unlike(self, pair: Pair) -> tuple[set[int], set[int]]:
        """The characters of a pair's two spans that are letters without their like in the other."""
        low, high = self.first.letters.range_of(*pair.first)
        begin, finish = self.second.letters.range_of(*pair.second)
        first, second = set(range(low, high)), set(range(begin, finish))
        for left, right, length in self._shared(low, high, begin, finish):
            first.difference_update(range(left, left + length))
            second.difference_update(range(right, right + length))
        here, there = self.first.letters.places, self.second.letters.places
        return {here[one] for one in first}, {there[one] for one in second}

    def _pair(self, low: int, high: int) -> Pair | None:
        """Letters [low, high) of the first recording with what the second heard there."""
        begin, finish = self._place(low, ends=False), self._place(high, ends=True)
        if begin >= finish:
            return None
        alike = sum(length for _, _, length in self._shared(low, high, begin, finish))
        similarity = 2 * alike / (high - low + finish - begin)
        if similarity < _LEAST_ALIKE:
            return None
        spans = self.first.span_of(low, high), self.second.span_of(begin, finish)
        return Pair(*spans, similarity)

    def _place(self, border: int, ends: bool) -> int:
        """Where in the second recording's letters a border of the first one's lies.

        `ends`: something ends there, and does not begin. Where the readings differ at the border,
        a border of the second recording's own sentences is taken if one is there, else the same
        share of the way; many more letters than the first has there belong to neither side.
        """
        index = bisect_left(self._ends, border)
        if index < len(self.runs) and self.runs[index].first < border < self.runs[index].first_end:
            return self.runs[index].second + border - self.runs[index].first
        # The run that ends at or before the border, and the one that begins at or behind it.
        before = bisect_right(self._ends, border) - 1
        after = before + 1
        if before < 0 or after == len(self.runs):
            run = self.runs[max(0, before)]
            return run.second if before < 0 else run.second_end
        left, right = self.runs[before].first_end, self.runs[after].first
        low, high = self.runs[before].second_end, self.runs[after].second
        if (high - low) - (right - left) > _SHORT:
            if left == right:
                return low if ends else high
            return low if border - left <= right - border else high
        at = bisect_left(self._borders, low)
        if at < len(self._borders) and self._borders[at] <= high:
            return self._borders[at]
        return low + ((high - low) * (border - left) // (right - left) if left < right else 0)

    def _shared(
        self, low: int, high: int, begin: int, finish: int
    ) -> Iterator[tuple[int, int, int]]:
        """The parts of runs that lie in letters [low, high) and [begin, finish)."""
        at = max(0, bisect_right(self._firsts, low) - 1)
        for run in self.runs[at:]:
            if run.first >= high:
                return
            left = max(0, low - run.first, begin - run.second)
            right = min(run.length, high - run.first, finish - run.second)
            if left < right:
                yield run.first + left, run.second + left, right - left

    @cached_property
    def _firsts(self) -> list[int]:
        return [run.first for run in self.runs]

    @cached_property
    def _ends(self) -> list[int]:
        return [run.first_end for run in self.runs]

    @cached_property
    def _borders(self) -> list[int]:
        """Where sentences of the second recording begin, in its letters."""
        letters = self.second.letters
        return [letters.range_of(start, end)[0] for start, end in self.second.sentences]


def overlaps(text: str, sections: Sequence[Section]) -> list[Overlap]:
    """The stretches that any two recordings of a document have in common, in its order.

    Args:
        text: The document's text.
        sections: Its sections; those of recordings have `t_start` (`pipelines.document`).

    Returns:
        Nothing where there is one recording, or none says what another one says.
    """
    return overlaps_of(recordings_of(text, sections))


def overlaps_of(recordings: Sequence[Recording]) -> list[Overlap]:
    """The stretches that any two recordings have in common, in order; see `overlaps`."""
    return [
        Overlap(first, second, tuple(runs))
        for first, second in combinations(recordings, 2)
        for runs in matching_stretches(first.letters.text, second.letters.text)
    ]
