"""The stretches of a document that a node must not reach beyond."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from llama_index.core.schema import BaseNode

from pipelines.document import SECTIONS_KEY, Section, document_sections

TURN_KEYS = frozenset({"speaker", "t_start", "t_end"})
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
        """The metadata of text[start:end]: the block's, and who spoke there and when.

        `speaker` names all speakers of the span in order of appearance, joined with ", ".
        Times are interpolated by character position inside a turn, in seconds.
        """
        turns = [t for t in self.turns if t.start_char < end and t.end_char > start]
        if not turns:
            return dict(self.metadata)
        speakers = [str(t.metadata["speaker"]) for t in turns if t.metadata.get("speaker")]
        metadata = dict(self.metadata)
        if speakers:
            metadata["speaker"] = ", ".join(dict.fromkeys(speakers))
        timed = [t for t in turns if "t_start" in t.metadata and "t_end" in t.metadata]
        if timed:
            metadata["t_start"] = _time_at(timed[0], start)
            metadata["t_end"] = _time_at(timed[-1], end)
        return metadata


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
            blocks.append(Block(position, start, _document_metadata(document)))
        elif blocks:
            blocks[-1] = replace(blocks[-1], end=start)
        else:
            start = position
        position = max(start, section.end_char)
        shared = {k: v for k, v in section.metadata.items() if k not in TURN_KEYS}
        metadata = {**_document_metadata(document), **shared}
        turns = (section,) if is_turn else ()
        before = blocks[-1] if blocks else None
        if before and _continues(text, before, metadata):
            blocks[-1] = Block(before.start, position, metadata, before.turns + turns)
        else:
            blocks.append(Block(start, position, metadata, turns))
    if _WORD.search(text, position) or (text.strip() and not blocks):
        blocks.append(Block(position, len(text), _document_metadata(document)))
    elif blocks:
        blocks[-1] = replace(blocks[-1], end=len(text))
    return blocks


def _document_metadata(document: BaseNode) -> dict[str, Any]:
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


def _time_at(turn: Section, position: int) -> float:
    begin, end = float(turn.metadata["t_start"]), float(turn.metadata["t_end"])
    share = (position - turn.start_char) / max(1, turn.end_char - turn.start_char)
    return round(begin + (end - begin) * min(1.0, max(0.0, share)), 2)
