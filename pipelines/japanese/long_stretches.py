"""Cuts text that has no sentence marks, such as recognised speech, at sentence and clause ends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

_POLITE = r"(?:です|ます|ました|でした|ません|でしょう|ましょう|ください)(?:よね|ね|よ|か)?"
# What goes on from a polite ending: ですが, ましたので.
_GOES_ON = "[がけのしかねよとっ、，]"
_CLAUSE = (
    r"(?:けれども|けれど|けども|けど|ですが|ますが|ましたが|でしたが|ので|から|ため|ために|つつ|ながら|"
    r"まして|たり|して|って|いて|れば|たら|ところ|場合)"
)
# Best first: the first alternative that matches gives the strength of the cut.
_CUTS = re.compile(
    rf"(?P<sentence>{_POLITE}\s+)"
    rf"|(?P<polite>{_POLITE}(?!{_GOES_ON}))"
    rf"|(?P<clause>{_CLAUSE}(?:[、，]\s*|\s+)|(?:けれども|けども|けど|ですが|ますが)(?![、，\s]))"
    r"|(?P<bullet>\s+(?=[•●○■□◆◇▪–]\s))"
    r"|(?P<comma>[、，；;：]\s*|[,:]\s+)"
    r"|(?P<space>\s+)"
)
_ENDING = re.compile(rf"{_POLITE}(?:\s+|(?!{_GOES_ON}))")
_MARKS = "。｡．！？!?"
# Speech has a polite ending every 40 characters or so; a text with a mark for every hundred has its
# marks, and so has one with a mark for every fourth ending.
_MARKED_CHARS = 100
_ENDINGS_A_MARK = 4
_FEWEST_ENDINGS = 3
_STRENGTH = {"bullet": 4, "sentence": 4, "polite": 3, "clause": 2, "comma": 1, "space": 0}


def is_unmarked(text: str) -> bool:
    """Whether sentences end in a text without marks, as some recognisers write."""
    marks = sum(map(text.count, _MARKS))
    if marks * _MARKED_CHARS > len(text):
        return False
    enough = max(_FEWEST_ENDINGS, _ENDINGS_A_MARK * marks + 1)
    return sum(1 for _ in islice(_ENDING.finditer(text), enough)) == enough


def cut_at_endings(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut text[start:end] behind every polite ending (です, ますか …) that nothing goes on from.

    Yields:
        (start, end), end exclusive, in order, without white space at either end.
    """
    for match in _ENDING.finditer(text, start, end):
        if match.end() < end:
            yield start, start + len(text[start : match.end()].rstrip())
            start = match.end()
    yield start, end


def cut_long(text: str, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """Cut text[start:end] into pieces of at most `max_chars`.

    Each piece ends at the strongest boundary of its last two thirds: before a bullet or at a
    polite sentence end with a space, a polite sentence end, a clause end (ので, けれども, て …),
    a comma, a space; the latest of equals. A stretch without any is cut at `max_chars`, never
    inside a combining sequence that is shorter than that.

    Yields:
        (start, end), end exclusive, in order, without white space at either end.
    """
    if end - start <= max_chars:
        yield start, end
        return
    cuts = [
        (match.end(), _STRENGTH[match.lastgroup or "space"])
        for match in _CUTS.finditer(text, start, end)
    ]
    index = 0
    while end - start > max_chars:
        earliest, latest = start + max_chars // 3, start + max_chars
        while index < len(cuts) and cuts[index][0] <= earliest:
            index += 1
        best, strength, look = 0, -1, index
        # White space behind the last character doesn't count, so a cut may lie just past it.
        while look < len(cuts) and cuts[look][0] <= latest + 1:
            position, its_strength = cuts[look]
            fits = position <= latest or text[position - 1].isspace()
            if fits and its_strength >= strength:
                best, strength = position, its_strength
            look += 1
        if strength < 0:
            best = _whole_character(text, start, latest)
        yield start, start + len(text[start:best].rstrip())
        start = best
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def _whole_character(text: str, start: int, position: int) -> int:
    """The last place up to `position` that doesn't part a base character from its marks."""
    place = position
    while place > start + 1 and _joins(text, place):
        place -= 1
    return place if place > start + 1 else position


def _joins(text: str, place: int) -> bool:
    after = text[place]
    return (
        unicodedata.combining(after) != 0
        or after in "\u200d\ufe0e\ufe0f\uff9e\uff9f"
        or text[place - 1] == "\u200d"
    )
