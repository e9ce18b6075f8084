"""Nodes on several levels, from document down to sentence, with parent and child links."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, Self, get_args

from llama_index.core.schema import BaseNode
from pydantic import Field, model_validator
from typing_extensions import override

from pipelines.document import LEVEL_KEY
from pipelines.japanese.tokens import SudachiTokenizerSettings
from pipelines.node_parsers.blocks import Block, document_blocks, document_metadata
from pipelines.node_parsers.bounded import BoundedSettings
from pipelines.node_parsers.packing import Units, extent, pack
from pipelines.node_parsers.paragraphs import Bounds, paragraphs
from pipelines.node_parsers.span_parser import NodeSpan, SpanNodeParser
from pipelines.parts import Parts

Level = Literal["document", "section", "paragraph", "sentence"]
Sections = Literal["length", "topics"]
LEVELS: tuple[Level, ...] = get_args(Level)


class HierarchicalParserSettings(BoundedSettings):
    """Cuts each document on several levels; the nodes of each hold all of its text.

    `levels` names them, the largest first: `document`; `section`, a page, a heading, a row or a
    recording, with `sections: topics` also each of its topics (`japanese.topics`), cut between
    paragraphs where it is longer than `section_chars` characters; `paragraph`, as the `paragraph`
    parser cuts with `min_chars` and `max_chars`; `sentence`, of at most `sentence_chars`, or twice
    that with the heading or the line that opens a speaker's turn before it. The last level must be
    smaller than a document. A node's metadata `level` is the name of its level, its PARENT and
    CHILD relationships lead to the next level up and down, NEXT and PREVIOUS to its neighbours on
    its own.

    A parent begins where its first child begins and ends where its last one ends. Where a
    paragraph is one sentence there are two nodes of the same span, one on each level: each level
    is complete, so that it can be searched alone, and the ids differ by the level.
    `embed_metadata` names the metadata that is embedded and indexed before the text.
    """

    kind: Literal["hierarchical"] = "hierarchical"
    levels: tuple[Level, ...] = Field(default=("section", "paragraph", "sentence"), min_length=1)
    sections: Sections = "length"
    section_chars: int = Field(default=1500, ge=20)

    @model_validator(mode="after")
    def _nested(self) -> Self:
        if list(self.levels) != [level for level in LEVELS if level in self.levels]:
            raise ValueError(f"levels must be in the order {', '.join(LEVELS)}, each at most once")
        if self.levels[-1] == "document":
            raise ValueError("levels must end below document: a document would be one node")
        if self.section_chars < self.max_chars:
            raise ValueError(
                "section_chars must be at least max_chars, got "
                f"{self.section_chars} and {self.max_chars}"
            )
        return self

    def build(self, parts: Parts | None = None) -> HierarchicalNodeParser:  # noqa: ARG002
        """The node parser; it needs no parts."""
        return HierarchicalNodeParser(
            levels=self.levels,
            sections=self.sections,
            section_chars=self.section_chars,
            bounds=Bounds(self.min_chars, self.max_chars, self.sentence_chars),
            embed_metadata=self.embed_metadata,
        )


class HierarchicalNodeParser(SpanNodeParser):
    """See HierarchicalParserSettings. A parent comes before its children, these by start."""

    levels: tuple[Level, ...]
    sections: Sections
    section_chars: int
    bounds: Bounds

    @classmethod
    def class_name(cls) -> str:
        return "HierarchicalNodeParser"

    @override
    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        cut = [
            (block, section)
            for block in document_blocks(document)
            for topic in self._topics(text, paragraphs(text, block, self.bounds))
            for section in self._sections(topic)
        ]
        if "document" in self.levels and cut:
            start, end = cut[0][1][0][0][0], cut[-1][1][-1][-1][1]
            yield NodeSpan(start, end, {**document_metadata(document), LEVEL_KEY: "document"})
        for block, section in cut:
            yield from self._spans(block, "section", [unit for part in section for unit in part])
            for paragraph in section:
                yield from self._spans(block, "paragraph", paragraph)
                for unit in paragraph:
                    yield from self._spans(block, "sentence", [unit])

    def _topics(self, text: str, parts: list[Units]) -> list[list[Units]]:
        """The paragraphs of a block by topic, or all of them where sections know no topics."""
        if self.sections == "length" or len(parts) < 2:
            return [parts]
        # Not above: it loads a compiler, and only this setting needs it.
        from pipelines.japanese.topics import topic_starts

        spans = [extent(part) for part in parts]
        words = SudachiTokenizerSettings().build().tokenize_many([text[a:b] for a, b in spans])
        return [parts[a:b] for a, b in pairwise([*topic_starts(words), len(parts)])]

    def _sections(self, parts: list[Units]) -> Iterator[list[Units]]:
        """Neighbouring paragraphs in groups of at most `section_chars`."""
        taken = 0
        for group in pack([extent(part) for part in parts], self.section_chars):
            yield parts[taken : taken + len(group)]
            taken += len(group)

    def _spans(self, block: Block, level: Level, units: Units) -> Iterator[NodeSpan]:
        if level in self.levels:
            start, end = extent(units)
            metadata = {**block.place(start, end), LEVEL_KEY: level}
            yield NodeSpan(start, end, metadata, depth=self.levels.index(level))
