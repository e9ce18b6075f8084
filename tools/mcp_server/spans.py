"""A stretch of a document with what stands around it, each part with the label of a citation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llama_index.core.schema import Document

from pipelines.document import SECTIONS_KEY, Section, document_sections, label
from pipelines.speaker_turns import Turn, said
from tools.mcp_server.arguments import LONGEST_SPAN
from tools.server.failures import wrong


def span_record(
    document: Document, collection: str, start: int, end: int, surroundings: int
) -> dict[str, Any]:
    """The `SpanRecord` of text[start:end] and `surroundings` characters on both sides.

    What lies beyond the document's end is left out.

    Raises:
        ApiError: It is empty, longer than may be, or behind the document's end.
    """
    text = document.text
    if start >= len(text):
        raise wrong("start_char", f"{start}: the document has {len(text):,} characters")
    if end <= start:
        raise wrong("end_char", f"{end}: must be greater than start_char")
    if end - start > LONGEST_SPAN:
        raise wrong(
            "end_char",
            f"{end - start:,} characters at once: at most {LONGEST_SPAN:,}: read the rest after it",
        )
    first, last = max(0, start - surroundings), min(len(text), end + surroundings)
    return {
        "collection": collection,
        "source": str(document.metadata.get("source", "")),
        "chars": len(text),
        "start_char": first,
        "end_char": last,
        "text": text[first:last],
        "passages": list(_passages(document, first, last)),
    }


def _passages(document: Document, first: int, last: int) -> Iterator[dict[str, Any]]:
    """The sections between two places, and what stands between sections, in order."""
    at = first
    for section in document_sections(document):
        start, end = max(first, section.start_char), min(last, section.end_char)
        if start >= end:
            continue
        yield from _passage(document, Section(at, start), at, start)
        yield from _passage(document, section, start, end)
        at = end
    yield from _passage(document, Section(at, last), at, last)


def _passage(
    document: Document, section: Section, start: int, end: int
) -> Iterator[dict[str, Any]]:
    """text[start:end] of a section, its time interpolated; nothing where it holds no letter."""
    text = document.text
    if not text[start:end].strip():
        return
    whole = {key: value for key, value in document.metadata.items() if key != SECTIONS_KEY}
    metadata = {**whole, **section.metadata, **said([Turn.of(section)], start, end)}
    yield {
        "label": label(metadata),
        "start_char": start,
        "end_char": end,
        "text": text[start:end],
    }
