"""A document as the page shows it: in stretches with their time, speaker and heading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llama_index.core.schema import Document

from pipelines.document import clock, document_sections

# A stretch that is longer is shown in pieces, which end at a line or a sentence where they can.
LONGEST_TURN = 1_200
_ENDS = "\n。！？.!?"


@dataclass(frozen=True)
class Turn:
    """A stretch of a document; its span counts characters of the document's text."""

    start_char: int
    end_char: int
    time: str = ""
    speaker: str = ""
    heading: str = ""


def turns(document: Document) -> list[Turn]:
    """A document's stretches in order; what lies between its sections is shown, too.

    In a transcript it is not: there it is the lines that say who speaks when.
    """
    text, sections = document.text, document_sections(document)
    spoken = any("t_start" in section.metadata for section in sections)
    found: list[Turn] = []
    at = 0
    for section in sections:
        if not spoken:
            found += _pieces(text, at, section.start_char, {})
        found += _pieces(text, section.start_char, section.end_char, section.metadata)
        at = section.end_char
    if not spoken or not sections:
        found += _pieces(text, at, len(text), {})
    return found


def around(stretches: list[Turn], start: int, end: int, beside: int) -> tuple[int, int]:
    """Which stretches hold a span, with `beside` more on each side: the first, and one past the
    last; (0, 0) if none does."""
    holding = [n for n, t in enumerate(stretches) if t.start_char < end and start < t.end_char]
    if not holding:
        return 0, 0
    return max(0, holding[0] - beside), min(len(stretches), holding[-1] + 1 + beside)


def marked(turn: Turn, text: str, start: int, end: int) -> tuple[str, str, str]:
    """A stretch's text before a span, in it, and after it; the span may lie outside of it."""
    first = min(max(start, turn.start_char), turn.end_char)
    last = min(max(end, first), turn.end_char)
    return text[turn.start_char : first], text[first:last], text[last : turn.end_char]


def _pieces(text: str, start: int, end: int, metadata: Mapping[str, Any]) -> Iterator[Turn]:
    while start < end:
        stop = end
        if end - start > LONGEST_TURN:
            stop = start + LONGEST_TURN
            last = max(text.rfind(mark, start, stop) for mark in _ENDS)
            stop = last + 1 if last > start + LONGEST_TURN // 2 else stop
        if text[start:stop].strip():
            yield _turn(start, stop, metadata)
        start = stop


def _turn(start: int, end: int, metadata: Mapping[str, Any]) -> Turn:
    time = ""
    if "t_start" in metadata and "t_end" in metadata:
        time = f"{clock(metadata['t_start'])}–{clock(metadata['t_end'])}"
    place = [str(metadata[key]) for key in ("recording", "heading") if metadata.get(key)]
    if "page" in metadata:
        place.append(f"p.{metadata['page']}")
    if "row" in metadata:
        place.append(f"row {metadata['row']}")
    speaker = str(metadata.get("speaker") or "")
    return Turn(start, end, time, speaker, "" if speaker else " · ".join(place))
