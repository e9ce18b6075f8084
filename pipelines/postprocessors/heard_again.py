"""Nodes that are readings of the same words in different recordings."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.schema import BaseNode, TextNode

from pipelines.also_heard import OtherReading, other_readings
from pipelines.postprocessors.joined_spans import source_of

# A better-ranked node is given up only for one that holds most of what it says.
_HOLDS = 2 / 3

Span = tuple[int, int]


def span_of(node: BaseNode) -> Span | None:
    """A node's span of its document; None where it has none."""
    if not isinstance(node, TextNode) or node.start_char_idx is None or node.end_char_idx is None:
        return None
    return node.start_char_idx, node.end_char_idx


def covered_share(span: Span, stretches: Sequence[Span]) -> float:
    """The share of a span's characters that lie in any of the stretches, in 0..1."""
    start, end = span
    reached, count = start, 0
    for other_start, other_end in sorted(stretches):
        first, last = max(reached, other_start), min(end, other_end)
        if first < last:
            count += last - first
            reached = last
    return count / max(1, end - start)


def heard_again(node: BaseNode, others: Sequence[BaseNode]) -> float:
    """The share of a node's characters of which other nodes are another reading, in 0..1."""
    own = span_of(node)
    if own is None:
        return 0.0
    return covered_share(
        own, [(r.start_char, r.end_char) for other in others for r in _readings(other, node)]
    )


def replaces(new: BaseNode, old: BaseNode) -> bool:
    """Whether a node is the better reading of another one, and holds two thirds of it.

    The readings are compared over each node's words, so the two may disagree; then neither is
    the better one.
    """
    if heard_again(old, [new]) < _HOLDS:
        return False
    said_by_old, said_by_new = _readings(old, new), _readings(new, old)
    return any(r.better for r in said_by_old) and not any(r.better for r in said_by_new)


def _readings(node: BaseNode, other: BaseNode) -> list[OtherReading]:
    """The other readings of a node that lie in another node."""
    span = span_of(other)
    if span is None or span_of(node) is None or source_of(node) != source_of(other):
        return []
    return [
        one
        for one in other_readings(node.metadata)
        if one.start_char < span[1] and span[0] < one.end_char
    ]
