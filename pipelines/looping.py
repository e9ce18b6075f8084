"""A small model that got stuck writes the same words until its tokens run out."""

from __future__ import annotations

import re

# Four times in a row: three occur in speech (ちょっとちょっとちょっと) and in rows of a table.
_LOOP = re.compile(r"(.{4,60}?)\1{3}$", re.DOTALL)
_LONGEST = 4 * 60


def looping(text: str) -> str | None:
    """The text up to the first repetition if it ends with the same 4 to 60 characters four times in
    a row, else None."""
    loop = _LOOP.search(text, max(0, len(text) - _LONGEST))
    return text[: loop.start() + len(loop.group(1))] if loop else None
