"""The sentences of a block, as the indivisible units that nodes are packed from."""

from __future__ import annotations

import re

from pipelines.document import Section
from pipelines.japanese.sentences import split_sentences
from pipelines.node_parsers.blocks import Block

_WORD = re.compile(r"\w")
_HEADING = re.compile(r"#{1,6}\s")


def sentence_units(
    text: str, block: Block, max_chars: int, joined_chars: int | None = None
) -> list[tuple[int, int]]:
    """Spans of a block's sentences, in characters of `text`, in order.

    What means nothing alone is kept with its neighbour where both fit into `joined_chars`, by
    default `max_chars`: a heading and a turn's header line with what follows, a line of signs only
    (---, ```) with what stands before it.
    """
    joined_chars = joined_chars or max_chars
    sentences = split_sentences(text[block.start : block.end], max_chars)
    units: list[tuple[int, int]] = []
    turn = 0
    leads = False
    for start, end in ((block.start + s, block.start + e) for s, e in sentences):
        while turn < len(block.turns) and block.turns[turn].end_char <= start:
            turn += 1
        has_words = _WORD.search(text, start, end) is not None
        if units and end - units[-1][0] <= joined_chars and (leads or not has_words):
            units[-1] = (units[-1][0], end)
            leads = leads and not has_words
        else:
            units.append((start, end))
            leads = not has_words
        header = turn < len(block.turns) and is_turn_header(text, start, end, block.turns[turn])
        leads = leads or header or _HEADING.match(text, start) is not None
    return units


def block_units(
    text: str, block: Block, max_chars: int, joined_chars: int
) -> list[tuple[int, int]]:
    """The sentence units of a block, none of which reaches beyond a speaker's turn."""
    return [
        unit
        for part in block.by_turn()
        for unit in sentence_units(text, part, max_chars, joined_chars)
    ]


def is_turn_header(text: str, start: int, end: int, turn: Section) -> bool:
    """Whether text[start:end] stands before a turn, or is the line that names its speaker."""
    if end <= turn.start_char:
        return True
    first = not text[turn.start_char : start].strip()
    speaker = str(turn.metadata.get("speaker") or "")
    return first and end < turn.end_char and speaker != "" and speaker in text[start:end]
