"""Nodes of speaker turns, within a stretch of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from llama_index.core.schema import BaseNode
from pydantic import Field
from typing_extensions import override

from pipelines.node_parsers.blocks import document_blocks
from pipelines.node_parsers.bounded import BoundedSettings
from pipelines.node_parsers.packing import extent, pack
from pipelines.node_parsers.paragraphs import Bounds, turns
from pipelines.node_parsers.span_parser import NodeSpan, SpanNodeParser
from pipelines.node_parsers.units import sentence_units
from pipelines.parts import Parts


class TranscriptParserSettings(BoundedSettings):
    """A speaker's turn a node.

    A turn with less than `min_chars` characters of speech means nothing alone and is joined with a
    neighbour, rather one of the same speaker than another, where both fit into `max_chars` and
    `window_seconds`. A longer turn than these is cut at sentence ends into about equal parts. Times
    inside of a turn are interpolated by character; only a node of at most `min_chars` may last
    longer than `window_seconds` (a word and then silence is not cut). Text without turns is packed
    as the `sentence` parser does, up to `max_chars`. `sentence_chars` and `embed_metadata` are
    those of the `sentence` parser.
    """

    kind: Literal["transcript"] = "transcript"
    min_chars: int = Field(default=80, ge=0)
    max_chars: int = Field(default=500, ge=20)
    window_seconds: float = Field(default=180.0, ge=1)

    def build(self, parts: Parts | None = None) -> TranscriptNodeParser:  # noqa: ARG002
        """The node parser; it needs no parts."""
        bounds = Bounds(self.min_chars, self.max_chars, self.sentence_chars, self.window_seconds)
        return TranscriptNodeParser(bounds=bounds, embed_metadata=self.embed_metadata)


class TranscriptNodeParser(SpanNodeParser):
    """See TranscriptParserSettings."""

    bounds: Bounds

    @classmethod
    def class_name(cls) -> str:
        return "TranscriptNodeParser"

    @override
    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        for block in document_blocks(document):
            if block.turns:
                groups = turns(text, block, self.bounds)
            else:
                longest = self.bounds.unit_chars, self.bounds.joined_chars
                units = sentence_units(text, block, *longest)
                groups = list(pack(units, self.bounds.max_chars))
            for group in groups:
                start, end = extent(group)
                yield NodeSpan(start, end, block.place(start, end))
