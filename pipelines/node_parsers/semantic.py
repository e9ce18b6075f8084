"""Nodes that end where the subject changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import BaseNode
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.errors import ConfigError
from pipelines.node_parsers.blocks import document_blocks
from pipelines.node_parsers.bounded import BoundedSettings
from pipelines.node_parsers.breakpoints import (
    Breaks,
    Floats,
    around,
    beside,
    beyond_percentile,
    segments,
    smoothed,
    valleys,
)
from pipelines.node_parsers.packing import Units, extent, join_short
from pipelines.node_parsers.paragraphs import Bounds
from pipelines.node_parsers.span_parser import NodeSpan, SpanNodeParser
from pipelines.node_parsers.units import block_units
from pipelines.parts import Parts

Mode = Literal["percentile", "local_minimum"]


class SemanticParserSettings(BoundedSettings):
    """Ends a node where the embeddings of neighbouring sentences say that the subject changes.

    Embedded are groups of 2 * `buffer` + 1 sentences; `mode` says what is made of them.
    `percentile` compares each sentence, `buffer` more on both of its sides, with the next one, and
    cuts where the cosine distance is greater than this `percentile` of the document's distances
    (Kamradt; LlamaIndex's way). `local_minimum` compares the group before each gap with the one
    behind it, smooths the similarities and cuts in their deep valleys (TextTiling, Hearst 1997);
    `percentile` does nothing there.

    What is then longer than `max_chars` characters is cut again at its greatest distances; a node
    shorter than `min_chars` is joined with the more similar one of its neighbours where both fit
    into `max_chars`. A node stays inside its page, heading, row or recording. `sentence_chars` and
    `embed_metadata` are those of the `sentence` parser. Every sentence costs an embedding.
    """

    kind: Literal["semantic"] = "semantic"
    mode: Mode = "percentile"
    percentile: float = Field(default=95.0, gt=0, lt=100)
    buffer: int = Field(default=1, ge=0, le=20)
    max_chars: int = Field(default=600, ge=20)

    def build(self, parts: Parts | None = None) -> SemanticNodeParser:
        """The node parser.

        Raises:
            ConfigError: `parts` has no embedding model.
        """
        if parts is None or parts.embed_model is None:
            raise ConfigError(
                "node_parser: semantic: needs an embedding model: pass Parts(embed_model=…)"
            )
        return SemanticNodeParser(
            parts.embed_model,
            mode=self.mode,
            percentile=self.percentile,
            buffer=self.buffer,
            bounds=Bounds(self.min_chars, self.max_chars, self.sentence_chars),
            embed_metadata=self.embed_metadata,
        )


class SemanticNodeParser(SpanNodeParser):
    """See SemanticParserSettings."""

    mode: Mode
    percentile: float
    buffer: int
    bounds: Bounds
    _embed_model: BaseEmbedding = PrivateAttr()

    def __init__(self, embed_model: BaseEmbedding, **fields: Any) -> None:
        super().__init__(**fields)
        self._embed_model = embed_model

    @classmethod
    def class_name(cls) -> str:
        return "SemanticNodeParser"

    @override
    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        blocks = document_blocks(document)
        longest = self.bounds.unit_chars, self.bounds.joined_chars
        units = [block_units(text, block, *longest) for block in blocks]
        similarities = self._similarities(text, units)
        if self.mode == "local_minimum":
            similarities = [smoothed(block) for block in similarities]
            breaks = valleys(similarities)
        else:
            breaks = beyond_percentile([1 - block for block in similarities], self.percentile)
        for block, its_units, its_breaks, its_similarities in zip(
            blocks, units, breaks, similarities, strict=True
        ):
            for group in self._groups(its_units, its_breaks, 1 - its_similarities):
                start, end = extent(group)
                yield NodeSpan(start, end, block.place(start, end))

    def _similarities(self, text: str, units: Sequence[Units]) -> list[Floats]:
        """Cosine similarity across each gap between two sentences, an array a block."""
        if self.mode == "percentile":
            compared = [around(block, self.buffer) for block in units]
        else:
            compared = [beside(block, 2 * self.buffer + 1) for block in units]
        spans = list(dict.fromkeys(s for block in compared for pair in block for s in pair))
        if not spans:
            return [np.empty(0) for _ in compared]
        embedded = self._embed_model.get_text_embedding_batch([text[a:b] for a, b in spans])
        vectors = np.asarray(embedded, dtype=np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.where(lengths > 0, lengths, 1.0)
        row = {span: index for index, span in enumerate(spans)}
        return [
            np.array([float(vectors[row[a]] @ vectors[row[b]]) for a, b in block])
            for block in compared
        ]

    def _groups(self, units: Units, breaks: Breaks, distances: Floats) -> list[Units]:
        bounds = self.bounds
        # The distance across the gap before each sentence but the first.
        before = dict(zip(units[1:], distances.tolist(), strict=True))
        return join_short(
            segments(units, breaks, distances, bounds.min_chars, bounds.max_chars),
            is_short=lambda group: _length(group) < bounds.min_chars,
            fits=lambda group: _length(group) <= bounds.max_chars,
            goes_on=lambda _, short, following: before[following[0]] < before[short[0]],
        )


def _length(group: Units) -> int:
    start, end = extent(group)
    return end - start
