"""A text with its edits, and where a stretch of the one lies in the other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from storage.cleaning.edit import Edit


@dataclass(frozen=True)
class CleanedText:
    """The original text and the edits that hold, sorted by place and not overlapping.

    Raises:
        ValueError: Edits overlap, are out of order, or do not replace what the original has there.
    """

    original: str
    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        for edit in self.edits:
            if self.original[edit.start : edit.end] != edit.replaced:
                raise ValueError(f"edit {edit.start}-{edit.end}: the original has other characters")
        for before, after in pairwise(self.edits):
            if not before.end <= after.start or (before.start, before.end) == (
                after.start,
                after.end,
            ):
                raise ValueError(f"edit {after.start}-{after.end}: out of order or overlapping")

    @cached_property
    def text(self) -> str:
        """The cleaned text: the original with every edit made."""
        pieces, at = [], 0
        for edit in self.edits:
            pieces += [self.original[at : edit.start], edit.replacement]
            at = edit.end
        return "".join([*pieces, self.original[at:]])

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the cleaned text comes from.

        A border inside of a replacement widens to the whole of what was replaced. What was deleted
        at a border is not part of the stretch; what was deleted inside of it is.

        Args:
            start: First character in the cleaned text, from 0.
            end: One behind the last, from `start` to the cleaned text's length.

        Returns:
            (start, end) in the original text, end exclusive.

        Raises:
            ValueError: The stretch is outside of the cleaned text.
        """
        _check(start, end, len(self.text))
        places = self._places
        index = bisect_right(places.cleaned_ends, start)
        if index < len(self.edits) and start > places.cleaned_starts[index]:
            begin = places.starts[index]
        else:
            begin = start + places.moved(index - 1, backward=True)
        index = bisect_left(places.cleaned_starts, end) - 1
        if index >= 0 and end <= places.cleaned_ends[index]:
            finish = places.ends[index]
        else:
            finish = end + places.moved(index, backward=True)
        return (begin, finish) if begin <= finish else (finish, finish)

    def cleaned_span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the original text lies in the cleaned one.

        A border inside of an edit widens to its whole replacement. What was inserted belongs to the
        characters before it. The whole original is the whole cleaned text.

        Args:
            start: First character in the original, from 0.
            end: One behind the last, from `start` to the original's length.

        Returns:
            (start, end) in the cleaned text, end exclusive; empty if all of it was deleted.

        Raises:
            ValueError: The stretch is outside of the original.
        """
        _check(start, end, len(self.original))
        places = self._places
        index = bisect_right(places.ends, start)
        if start == 0:
            begin = 0
        elif index < len(self.edits) and start > places.starts[index]:
            begin = places.cleaned_starts[index]
        else:
            begin = start + places.moved(index - 1, backward=False)
        index = bisect_right(places.starts, end) - 1
        while index >= 0 and places.starts[index] == end < places.ends[index]:
            index -= 1  # it begins where the stretch ends
        if index >= 0 and end <= places.ends[index]:
            finish = places.cleaned_ends[index]
        else:
            finish = end + places.moved(index, backward=False)
        return begin, max(begin, finish)

    def reverted(self, steps: Collection[str] = (), indexes: Collection[int] = ()) -> CleanedText:
        """The same without some edits.

        Args:
            steps: Names of steps: every edit that one of them had a part in is taken back, so an
                edit of two steps goes as a whole.
            indexes: Places in `edits`, from 0.
        """
        return CleanedText(
            self.original,
            tuple(
                edit
                for index, edit in enumerate(self.edits)
                if index not in indexes and not set(steps) & set(edit.steps)
            ),
        )

    @cached_property
    def _places(self) -> _Places:
        return _Places.of(self.edits)


@dataclass(frozen=True)
class _Places:
    """The borders of the edits in both texts, each list in ascending order."""

    starts: list[int]
    ends: list[int]
    cleaned_starts: list[int]
    cleaned_ends: list[int]

    @classmethod
    def of(cls, edits: Sequence[Edit]) -> _Places:
        places = cls([], [], [], [])
        moved = 0
        for edit in edits:
            places.starts.append(edit.start)
            places.ends.append(edit.end)
            places.cleaned_starts.append(edit.start + moved)
            moved += len(edit.replacement) - (edit.end - edit.start)
            places.cleaned_ends.append(edit.end + moved)
        return places

    def moved(self, index: int, *, backward: bool) -> int:
        """How far what follows the edit of that index lies from its place in the other text."""
        if index < 0:
            return 0
        forward = self.cleaned_ends[index] - self.ends[index]
        return -forward if backward else forward


def _check(start: int, end: int, length: int) -> None:
    if not 0 <= start <= end <= length:
        raise ValueError(f"span {start}-{end}: must lie in 0-{length}, start before end")
