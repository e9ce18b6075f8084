"""The shapes of the native responses, for the OpenAPI schema: those of tools.records."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A response; it has these keys and no other."""

    model_config = ConfigDict(extra="forbid")


class NodeRecord(Record):
    """A passage that was found; `rank` counts from 1, best first."""

    rank: int
    score: float | None
    text: str
    source: str | None
    start_char: int
    end_char: int
    metadata: dict[str, Any]


class CitationRecord(Record):
    """A sentence that an answer rests on; `n` is its passage's number in the answer."""

    n: int
    source: str
    start_char: int
    end_char: int
    label: str
    text: str


class UsageRecord(Record):
    """Tokens of the last prompt and of the answer."""

    prompt_tokens: int
    completion_tokens: int


class OptionRecord(Record):
    """An option, by its place in the question from 0, and how probable it is."""

    option: int
    text: str
    probability: float


class SearchRecord(Record):
    """`search --json`; `seconds` are those of each stage, `notes` say what failed on the way."""

    question: str
    nodes: list[NodeRecord]
    notes: list[str] = Field(default_factory=list)
    seconds: dict[str, float]


class AskRecord(SearchRecord):
    """`ask --json`; the keys from `steps` on where an engine decided or ranked something."""

    answer: str
    refused: bool
    citations: list[CitationRecord]
    usage: UsageRecord
    steps: list[str] = Field(default_factory=list)
    routes: dict[str, float] = Field(default_factory=dict)
    ranking: list[OptionRecord] = Field(default_factory=list)


class CollectionRecord(Record):
    """A collection; `problem` is "" where it can be used, and `bytes` its size on disk."""

    name: str
    bytes: int
    documents: int
    nodes: int
    identity: dict[str, Any] | None
    index: str | None
    writing: bool
    problem: str


class DocumentRecord(Record):
    """A document; `chars` are those of its text."""

    source: str
    sha256: str
    chars: int
    nodes: int
    ingested_at: str


class DocumentsRecord(CollectionRecord):
    """A collection with its documents, by source."""

    files: list[DocumentRecord]
