"""The stretches of a document that a node must not reach beyond."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from llama_index.core.schema import BaseNode

from pipelines.document import SECTIONS_KEY, Section, document_sections
from pipelines.speaker_turns import TURN_KEYS, Turn, said

_WORD = re.compile(r"\w")
_LEAD_CHARS = 300
_HEADING_CHARS = 80


@dataclass(frozen=True)
class Block:
    """text[start:end] of a document, whose nodes share `metadata`.

    `turns` are the speaker turns inside of it, in order; none outside of a transcript.
    """

    start: int
    end: int
    metadata: dict[str, Any]
    turns: tuple[Section, ...] = ()

    def place(self, start: int, end: int) -> dict[str, Any]:
        """The metadata of text[start:end]: the block's, and who spoke there and when."""
        turns = [Turn.of(section) for section in self.turns_in(start, end)]
        return {**self.metadata, **said(turns, start, end)}

    def turns_in(self, start: int, end: int) -> list[Section]:
        """The turns that share a character with text[start:end], in order."""
        first = bisect_right(self.turns, start, key=lambda turn: turn.end_char)
        found = []
        for turn in self.turns[first:]:
            if turn.start_char >= end:
                break
            found.append(turn)
        return found

    def by_turn(self) -> list[Block]:
        """The block cut at the end of each of its turns; itself alone where it has none.

        A turn's header line lies before the turn and so in the same piece.
        """
        ends = [turn.end_char for turn in self.turns[:-1]]
        edges = [self.start, *ends, self.end]
        return [
            Block(start, end, self.metadata, self.turns[i : i + 1])
            for i, (start, end) in enumerate(pairwise(edges))
        ]


def document_blocks(document: BaseNode) -> list[Block]:
    """The blocks of a document, in order; together they hold all of its text.

    Neighbouring sections that differ in nothing but speaker and time make one block. Between
    sections, a short text before a turn (its header line) belongs to the turn, one without words
    (a rule) to what stands before it, and any other is a block of its own. A section that holds
    a heading alone joins the section nested in it.
    """
    text = document.get_content()
    blocks: list[Block] = []
    position = 0
    for section in document_sections(document):
        start = max(position, section.start_char)
        is_turn = bool(TURN_KEYS & section.metadata.keys())
        if is_turn and start - position <= _LEAD_CHARS:
            start = position
        elif _WORD.search(text, position, start):
            blocks.append(Block(position, start, document_metadata(document)))
        elif blocks:
            blocks[-1] = replace(blocks[-1], end=start)
        else:
            start = position
        position = max(start, section.end_char)
        shared = {k: v for k, v in section.metadata.items() if k not in TURN_KEYS}
        metadata = {**document_metadata(document), **shared}
        turns = (section,) if is_turn else ()
        before = blocks[-1] if blocks else None
        if before and _continues(text, before, metadata):
            blocks[-1] = Block(before.start, position, metadata, before.turns + turns)
        else:
            blocks.append(Block(start, position, metadata, turns))
    if _WORD.search(text, position) or (text.strip() and not blocks):
        blocks.append(Block(position, len(text), document_metadata(document)))
    elif blocks:
        blocks[-1] = replace(blocks[-1], end=len(text))
    return blocks


def document_metadata(document: BaseNode) -> dict[str, Any]:
    """The document's own metadata, which all of its nodes share."""
    return {key: value for key, value in document.metadata.items() if key != SECTIONS_KEY}


def _continues(text: str, before: Block, metadata: dict[str, Any]) -> bool:
    if before.metadata == metadata:
        return True
    heading, nested = before.metadata.get("heading"), metadata.get("heading")
    if not heading or not nested or before.turns:
        return False
    alone = text[before.start : before.end].strip()
    return (
        str(nested).startswith(f"{heading} > ")
        and len(alone) <= _HEADING_CHARS
        and "\n" not in alone
        and {**before.metadata, "heading": nested} == metadata
    )
