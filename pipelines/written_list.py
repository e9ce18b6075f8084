"""Lists as language models write them."""

from __future__ import annotations

import re

# A longer line is no question but an answer, or a list that ran together.
LONGEST_ITEM = 200

# 1. / 2) / (3) / ４、 / ⑤ / ・ / - / 質問1: before the words of an item; 1.5 is a number.
_ITEM = re.compile(
    r"""\s*[#>*_]*\s*
    (?:(?:Q|(?:サブ)?質問)\s*)?
    (?:[(（]?\d{1,2}\s*[)）.．、:：]+(?!(?<=\.)\d)|[①-⑳]|[(（]?\d{1,2}(?=\s)|[-*•・‐–]\s?)
    [\s.．、:：]*[*_]*\s*(?P<text>.*?)[*_]*\s*""",
    re.VERBOSE,
)
_LABEL = re.compile(r"(?:言い換え|質問|question|wording|q)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_QUOTES = (("「", "」"), ("『", "』"), ('"', '"'), ("“", "”"))
_NOTHING_SAID = re.compile(r"[\W_]*")


def read_list(text: str) -> list[str]:
    """The items of a list of questions, in order, each once.

    Items are lines with a number or a dash before them; if there are none, lines that end with a
    question mark. Quotation marks around an item and a label before it (質問1:) are left out, and
    so are items of more than 200 characters.
    """
    lines = [line.strip() for line in text.splitlines()]
    marked = [match["text"] for line in lines if (match := _ITEM.fullmatch(line))]
    items = marked or [line for line in lines if line.endswith(("?", "？"))]
    bare = [
        _unquoted(_LABEL.sub("", item, count=1) if _LABEL.match(item) else item) for item in items
    ]
    said = [item for item in bare if says_something(item) and len(item) <= LONGEST_ITEM]
    return list(dict.fromkeys(said))


def says_something(text: str) -> bool:
    """Whether a text has a letter or a digit."""
    return _NOTHING_SAID.fullmatch(text) is None


def _unquoted(item: str) -> str:
    """An item without the marks that stand around the whole of it."""
    item = item.strip("*_ ")
    for opening, closing in _QUOTES:
        inside = item[1:-1]
        if item[:1] == opening and item[-1:] == closing and opening not in inside:
            return inside.strip()
    return item
