"""The letters of an answer that two spellings of the same answer have in common."""

from __future__ import annotations

import unicodedata


def answer_letters(text: str) -> str:
    """NFKC, lower case, without white space, punctuation and the other signs around words.

    Removed are the Unicode categories P (punctuation), Z (separators) and C (control); symbols
    such as +, % and ° are part of an answer and stay.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PZC")
