"""The shapes of what the tools give, beside the records of `search --json` and `ask --json`."""

from __future__ import annotations

from tools.server.native_records import Record


class CollectionEntry(Record):
    """A collection; `problem` is "" where it can be used."""

    name: str
    documents: int
    nodes: int
    default: bool
    problem: str


class CollectionList(Record):
    """All of them, by name."""

    collections: list[CollectionEntry]


class DocumentEntry(Record):
    """A document; `chars` are those of its text, `uri` names it as a resource."""

    source: str
    chars: int
    nodes: int
    ingested_at: str
    uri: str


class DocumentPage(Record):
    """Some documents of a collection, by source; `next_offset` is null on the last page."""

    collection: str
    total: int
    documents: list[DocumentEntry]
    next_offset: int | None


class SpanPassage(Record):
    """A stretch of one speaker, page or heading; `label` is how it is cited."""

    label: str
    start_char: int
    end_char: int
    text: str


class SpanRecord(Record):
    """Text of a document as it was ingested, and the same by `passages`.

    `start_char` and `end_char` are those of `text`, surroundings included; `chars` are those of
    the whole document.
    """

    collection: str
    source: str
    chars: int
    start_char: int
    end_char: int
    text: str
    passages: list[SpanPassage]
