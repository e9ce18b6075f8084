"""Which of two readings of the same words is likelier to be right."""

from __future__ import annotations

import re
import unicodedata

from pipelines.japanese.tokens import path_cost

# A recogniser that is stuck writes one phrase over and over.
_LOOP = re.compile(r"(\w{4,40}?)\1{2,}")
_NO_LETTER = re.compile(r"[\W_]+")
_PIECE = 2_000


def compare_readings(first: str, second: str) -> int:
    """1 if the first of two readings is thought better, -1 if the second is, 0 if neither.

    The longer one is, in letters and digits: recognisers drop more words than they invent. A
    phrase that stands three times or more in a row counts once. Of readings of one length, the one
    whose words are likelier Japanese is (`path_cost`). docs/recordings.md has how often that is
    right.
    """
    said = _said(first), _said(second)
    if len(said[0]) != len(said[1]):
        return 1 if len(said[0]) > len(said[1]) else -1
    costs = _cost(said[0]), _cost(said[1])
    if costs[0] != costs[1]:
        return 1 if costs[0] < costs[1] else -1
    return 0


def _said(reading: str) -> str:
    """Letters and digits alone, each loop once."""
    letters = _NO_LETTER.sub("", unicodedata.normalize("NFKC", reading))
    return _LOOP.sub(r"\1", letters)


def _cost(letters: str) -> int:
    """In pieces that Sudachi takes."""
    starts = range(0, len(letters), _PIECE)
    return sum(path_cost(letters[start : start + _PIECE]) for start in starts)
