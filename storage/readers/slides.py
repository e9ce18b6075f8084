"""Slide text as slide-sharing sites print it: a numbered list of slides under "Transcript"."""

from __future__ import annotations

import re

from storage.readers.parsed import ParsedSection

_TITLE = re.compile(r"^Transcript[ \t]*$", re.MULTILINE)
_ITEM = re.compile(r"^ {1,4}(\d{1,4})\. ", re.MULTILINE)
_FEWEST_SLIDES = 3


def slide_sections(text: str) -> list[ParsedSection]:
    """A section a slide with its number as `page`; none unless the list counts from 1 on."""
    title = _TITLE.search(text)
    if not title:
        return []
    starts: list[int] = []
    for item in _ITEM.finditer(text, title.end()):
        if int(item[1]) == len(starts) + 1:
            starts.append(item.start())
    if len(starts) < _FEWEST_SLIDES or text[title.end() : starts[0]].strip():
        return []
    ends = [*starts[1:], len(text)]
    return [
        (start, end, {"page": number})
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]
