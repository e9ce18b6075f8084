"""Overlapping nodes of one document as one node."""

from __future__ import annotations

from typing import Any

from llama_index.core.schema import BaseNode

from pipelines.also_heard import ALSO_HEARD_KEY
from pipelines.document import CORRECTIONS_KEY, span
from pipelines.speaker_turns import said, turns_of


def source_of(node: BaseNode) -> str:
    """The document that a node's span counts into."""
    return str(node.metadata.get("source", node.ref_doc_id))


def overlap(before: BaseNode, after: BaseNode) -> bool:
    """Whether two nodes share characters of one document; `before` starts first."""
    return source_of(before) == source_of(after) and span(after)[0] < span(before)[1]


def with_span(
    node: BaseNode, text: str, start: int | None, end: int | None, metadata: dict[str, Any]
) -> BaseNode:
    """A copy of a node with another text, which stands at [start, end) of its document."""
    changed = {"text": text, "start_char_idx": start, "end_char_idx": end, "metadata": metadata}
    return node.model_copy(update={**changed, "embedding": None})


def union(before: BaseNode, after: BaseNode, best: BaseNode) -> BaseNode:
    """The span of two overlapping nodes, `before` starting first.

    The id and what both can't share of the metadata are those of `best`; times are those of both
    ends, and all speakers are named in order.
    """
    (start, reached), (after_start, after_end) = span(before), span(after)
    text = before.get_content() + after.get_content()[max(0, reached - after_start) :]
    turns = sorted({*turns_of(before), *turns_of(after)}, key=lambda turn: turn[:2])
    end = max(reached, after_end)
    metadata = {**best.metadata, **said(turns, start, end)}
    corrections = {tuple(c) for n in (before, after) for c in n.metadata.get(CORRECTIONS_KEY, ())}
    if corrections:
        metadata[CORRECTIONS_KEY] = [list(correction) for correction in sorted(corrections)]
    heard = {tuple(h) for n in (before, after) for h in n.metadata.get(ALSO_HEARD_KEY, ())}
    if heard:
        metadata[ALSO_HEARD_KEY] = [list(reading) for reading in sorted(heard, key=_place)]
    return with_span(best, text, start, end, metadata)


def _place(reading: tuple[Any, ...]) -> tuple[int, int]:
    return reading[1], reading[2]
