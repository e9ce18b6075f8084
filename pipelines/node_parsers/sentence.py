"""Nodes of whole sentences, up to a length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from llama_index.core.schema import BaseNode
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.japanese.sentences import SENTENCE_CHARS
from pipelines.node_parsers.blocks import document_blocks
from pipelines.node_parsers.packing import extent, pack
from pipelines.node_parsers.span_parser import EMBED_METADATA, NodeSpan, SpanNodeParser
from pipelines.node_parsers.units import sentence_units
from pipelines.parts import Parts


class SentenceParserSettings(ComponentSettings):
    """Packs whole sentences into nodes.

    `max_chars` bounds a node's length in characters; 0 gives one sentence a node.
    `overlap_sentences` repeats the last sentences of a node at the start of the next.
    `sentence_chars` bounds a sentence: a longer one is cut at clause ends. A node stays inside
    its page, heading, row or recording; short speaker turns of a recording share a node.
    `embed_metadata` names the metadata that is embedded and indexed before the text.
    """

    kind: Literal["sentence"] = "sentence"
    max_chars: int = Field(default=300, ge=0)
    overlap_sentences: int = Field(default=0, ge=0)
    sentence_chars: int = Field(default=SENTENCE_CHARS, ge=20)
    embed_metadata: tuple[str, ...] = EMBED_METADATA

    def build(self, parts: Parts | None = None) -> SentenceNodeParser:  # noqa: ARG002
        """The node parser; it needs no parts."""
        return SentenceNodeParser(**self.model_dump(exclude={"kind"}))


class SentenceNodeParser(SpanNodeParser):
    """See SentenceParserSettings."""

    max_chars: int = 300
    overlap_sentences: int = 0
    sentence_chars: int = SENTENCE_CHARS

    @classmethod
    def class_name(cls) -> str:
        return "SentenceNodeParser"

    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        longest = min(self.sentence_chars, self.max_chars or self.sentence_chars)
        for block in document_blocks(document):
            units = sentence_units(text, block, longest)
            for packed in pack(units, self.max_chars, self.overlap_sentences):
                start, end = extent(packed)
                yield NodeSpan(start, end, block.place(start, end))
