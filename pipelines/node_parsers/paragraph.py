"""Nodes of paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from llama_index.core.schema import BaseNode
from typing_extensions import override

from pipelines.node_parsers.blocks import document_blocks
from pipelines.node_parsers.bounded import BoundedSettings
from pipelines.node_parsers.packing import extent
from pipelines.node_parsers.paragraphs import Bounds, paragraphs
from pipelines.node_parsers.span_parser import NodeSpan, SpanNodeParser
from pipelines.parts import Parts


class ParagraphParserSettings(BoundedSettings):
    """A paragraph a node.

    Paragraphs are what blank lines part, outside of fenced code; under a heading without any, its
    lines; in a transcript its speaker turns. One longer than `max_chars` characters is cut at
    sentence ends into about equal parts; one shorter than `min_chars` is joined with the shorter
    one of its neighbours (in a transcript rather with one of the same speaker) where both fit into
    `max_chars`. A node stays inside its page, heading, row or recording. `sentence_chars` and
    `embed_metadata` are those of the `sentence` parser.
    """

    kind: Literal["paragraph"] = "paragraph"

    def build(self, parts: Parts | None = None) -> ParagraphNodeParser:  # noqa: ARG002
        """The node parser; it needs no parts."""
        bounds = Bounds(self.min_chars, self.max_chars, self.sentence_chars)
        return ParagraphNodeParser(bounds=bounds, embed_metadata=self.embed_metadata)


class ParagraphNodeParser(SpanNodeParser):
    """See ParagraphParserSettings."""

    bounds: Bounds

    @classmethod
    def class_name(cls) -> str:
        return "ParagraphNodeParser"

    @override
    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        for block in document_blocks(document):
            for paragraph in paragraphs(text, block, self.bounds):
                start, end = extent(paragraph)
                yield NodeSpan(start, end, block.place(start, end))
