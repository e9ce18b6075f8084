"""A file that was put together of pieces in different encodings, read line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from storage.readers.parsed import ReadError

# So many characters beyond ASCII in lines that are valid UTF-8 are no chance.
_LEAST_LETTERS = 4
# A line as `bytes.splitlines` ends it; that of text ends at other signs, too.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# Ranges of lines that are named.
_MOST_RANGES = 10


def read_mixed(
    raw: bytes, decode_others: Callable[[bytes], tuple[str, str]]
) -> tuple[str, str] | None:
    """The text of a file in UTF-8 some of whose lines are in another encoding or damaged.

    Args:
        raw: The whole file; it is not valid UTF-8.
        decode_others: Decodes the lines that are not UTF-8, all together, and says how.

    Returns:
        The text, and a warning that names those lines. What is damaged in them is U+FFFD unless
        one encoding fits them all. None if too few of the lines are UTF-8 to tell: at least half of
        those beyond ASCII, or some while an encoding fits the others.
    """
    lines = raw.splitlines(keepends=True)
    texts = [_utf_8(line) for line in lines]
    others = [place for place, text in enumerate(texts) if text is None]
    known = [text for text in texts if text is not None and not text.isascii()]
    letters = sum(not letter.isascii() for text in known for letter in text)
    if letters < _LEAST_LETTERS:
        return None
    named = _ranges([place + 1 for place in others])
    try:
        read, encoding = decode_others(b"".join(lines[place] for place in others))
    except ReadError:
        if len(known) < len(others):
            return None
        read_lines = [lines[place].decode("utf-8", "replace") for place in others]
        warning = (
            f"{named}: no encoding fits: what can't be read there is \N{REPLACEMENT CHARACTER}"
        )
    else:
        read_lines = _LINE.findall(read)
        if len(read_lines) != len(others):
            return None
        warning = f"{named}: not utf-8 as the other lines are: read as {encoding}"
    by_place = dict(zip(others, read_lines, strict=True))
    return "".join(by_place.get(n, text or "") for n, text in enumerate(texts)), warning


def _utf_8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _ranges(numbers: Sequence[int]) -> str:
    """ "line 3" or "lines 3, 5–7"."""
    runs = list(_runs(numbers))
    shown = ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in runs[:_MOST_RANGES])
    more = ", …" if len(runs) > _MOST_RANGES else ""
    return f"{'line' if len(numbers) == 1 else 'lines'} {shown}{more}"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        values = [number for _, number in run]
        yield values[0], values[-1]
