"""Words that a recogniser cut where its line ended, put together again."""

from __future__ import annotations

import re
from typing import Literal

from pipelines.component import ComponentSettings
from storage.cleaning.cut_words import (
    LONGEST_PIECE,
    WINDOW,
    is_cut,
    is_said_once,
    may_be_cut,
    repeated_piece,
)
from storage.cleaning.edit import Change
from storage.cleaning.settling import settled
from storage.cleaning.step import CleaningStep

_GAP = re.compile(r"[ \t]*\n[ \t]*|[ \t\u3000]+")
_LETTERS = re.compile("[々〇\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff]*")
_TAIL = re.compile(r"(?:(?:です|ます|でした|ました|ません)。|。)\Z")
_SENTENCE = re.compile(
    r"(?:です|ます|でした|ました|ません|でしょう|ましょう|ください)(?:よね|ね|よ|か)?\Z"
)
_CUT = "word cut by a line break"
_TWICE = "cut word repeated over a line break"
_ENDED_TWICE = "end of a sentence repeated over a line break"
_WRAPPED = "line that goes on"


class LineJoinsSettings(ComponentSettings):
    """Joins what a recogniser's line break, or the space that is left of one, cut in the middle of
    a word, and takes out what it then wrote twice (変えることによっ よって).

    `joins: cut_words` joins only there; other gaps are the speaker's pauses, at which sentences are
    cut later. `all` joins every line of a turn inside of a sentence, for reading. Never joined:
    turns, headings, items of lists, and what follows the end of a sentence.
    """

    kind: Literal["line_joins"] = "line_joins"
    joins: Literal["cut_words", "all"] = "cut_words"

    def build(self) -> CleaningStep:
        """The step."""
        return LineJoinsStep(join_all=self.joins == "all")


class LineJoinsStep:
    """See LineJoinsSettings."""

    name = "line_joins"

    def __init__(self, *, join_all: bool) -> None:
        self._join_all = join_all

    def changes(self, text: str) -> list[Change]:
        """A change a gap, with the piece that stands on both sides of it where there is one."""
        return settled(text, self._gaps)

    def _gaps(self, said: str) -> list[Change]:
        return [
            change
            for match in _GAP.finditer(said)
            if match.start() > 0 and match.end() < len(said)
            if (change := self._change(said, match.start(), match.end()))
        ]

    def _change(self, said: str, before: int, after: int) -> Change | None:
        last = said[before - 1]
        if last == "。":
            return _ended_twice(said, before, after)
        if not _LETTERS.fullmatch(last):
            return None
        right = _right(said, after)
        if not right:
            wrapped = self._join_all and said[after] == "、"
            return Change(before, after, "", _WRAPPED) if wrapped else None
        if right[0] in said[max(0, before - LONGEST_PIECE) : before]:
            left = _left(said, before)
            length = repeated_piece(left, right)
            if length and is_said_once(left, right, length):
                return Change(before, after + length, "", _TWICE)
        if may_be_cut(last, right) and is_cut(_left(said, before), right):
            return Change(before, after, "", _CUT)
        if self._join_all and not _SENTENCE.search(said, max(0, before - 12), before):
            return Change(before, after, "", _WRAPPED)
        return None


def _ended_twice(said: str, before: int, after: int) -> Change | None:
    """Takes out the end of a sentence (ます。 or 。) that stands again behind the gap."""
    if said[after] not in "でま。":
        return None
    tail = _TAIL.search(said, max(0, before - 4), before)
    for end in (tail.group() if tail else "", "。"):
        if end and said.startswith(end, after):
            return Change(before, after + len(end), "", _ENDED_TWICE)
    return None


def _left(said: str, end: int) -> str:
    """The letters right before a gap."""
    window = said[max(0, end - WINDOW) : end]
    size = 0
    while size < len(window) and _LETTERS.fullmatch(window[-size - 1]):
        size += 1
    return window[len(window) - size :]


def _right(said: str, start: int) -> str:
    """The letters right behind a gap."""
    match = _LETTERS.match(said, start, start + WINDOW)
    return match.group() if match else ""
