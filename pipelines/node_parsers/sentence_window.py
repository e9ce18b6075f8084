"""Nodes of one sentence each, found alone and read with their neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from llama_index.core.schema import BaseNode
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.document import WINDOW_KEY
from pipelines.japanese.sentences import SENTENCE_CHARS
from pipelines.node_parsers.blocks import document_blocks
from pipelines.node_parsers.span_parser import EMBED_METADATA, NodeSpan, SpanNodeParser
from pipelines.node_parsers.units import sentence_units
from pipelines.parts import Parts
from pipelines.speaker_turns import TURN_KEYS, TURNS_KEY


class SentenceWindowParserSettings(ComponentSettings):
    """One sentence a node, with the sentences around it in its metadata.

    `before` and `after` count the neighbouring sentences of the same page, heading, row or
    recording. The window is a slice of the original text; the `sentence_window`
    postprocessor puts it in the node's place after retrieval.
    """

    kind: Literal["sentence_window"] = "sentence_window"
    before: int = Field(default=2, ge=0)
    after: int = Field(default=2, ge=0)
    sentence_chars: int = Field(default=SENTENCE_CHARS, ge=20)
    embed_metadata: tuple[str, ...] = EMBED_METADATA

    def build(self, parts: Parts | None = None) -> SentenceWindowNodeParser:  # noqa: ARG002
        """The node parser; it needs no parts."""
        return SentenceWindowNodeParser(**self.model_dump(exclude={"kind"}))


class SentenceWindowNodeParser(SpanNodeParser):
    """See SentenceWindowParserSettings."""

    before: int = 2
    after: int = 2
    sentence_chars: int = SENTENCE_CHARS

    @classmethod
    def class_name(cls) -> str:
        return "SentenceWindowNodeParser"

    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        for block in document_blocks(document):
            units = sentence_units(text, block, self.sentence_chars)
            for index, (start, end) in enumerate(units):
                window_start = units[max(0, index - self.before)][0]
                window_end = units[min(len(units) - 1, index + self.after)][1]
                place = block.place(window_start, window_end)
                window = {
                    WINDOW_KEY: text[window_start:window_end],
                    f"{WINDOW_KEY}_start_char": window_start,
                    f"{WINDOW_KEY}_end_char": window_end,
                    **{
                        f"{WINDOW_KEY}_{key}": place[key]
                        for key in sorted({*TURN_KEYS, TURNS_KEY} & place.keys())
                    },
                }
                yield NodeSpan(start, end, {**block.place(start, end), **window})
