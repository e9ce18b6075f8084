"""Whether an index of words can find anything, before anybody trusts it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# With fewer nodes the shares mean nothing.
LEAST_NODES = 20
MAX_SILENT_SHARE = 0.5
LEAST_SELF_RETRIEVAL = 0.3
TOP_K = 10

_SAMPLE = 200
_LEAST_CHARS = 8
_SHORT_TOKENS = 2


@dataclass(frozen=True)
class IndexSanity:
    """Shares of sampled nodes, each in [0, 1]; of too few nodes none are sampled.

    `short`: nodes of at most two tokens. The others are of searches for the middle half of a node's
    text: `silent` found nothing at all, `found` brought a node with it among the first ten.
    """

    nodes: int
    short: float
    silent: float
    found: float

    @property
    def useless(self) -> bool:
        """Whether a search would mostly find nothing, or anything but what it looks for."""
        return self.silent > MAX_SILENT_SHARE or self.found < LEAST_SELF_RETRIEVAL

    def __str__(self) -> str:
        return (
            f"{self.short:.0%} of the passages have at most {_SHORT_TOKENS} tokens, "
            f"{self.silent:.0%} of searches for a piece of a passage find nothing, "
            f"{self.found:.0%} find the passage"
        )


def measure(
    texts: Mapping[str, str],
    lengths: Mapping[str, int],
    search: Callable[[str], list[str]],
) -> IndexSanity:
    """Measure an index on a sample of its nodes, the same one for the same nodes.

    Args:
        texts: Texts by node id.
        lengths: Tokens of a node, by node id.
        search: Ids of the first TOP_K nodes for a question.
    """
    node_ids = sorted(node_id for node_id, text in texts.items() if len(text) >= _LEAST_CHARS)
    if len(node_ids) < LEAST_NODES:
        return IndexSanity(0, 0.0, 0.0, 1.0)
    if len(node_ids) > _SAMPLE:
        node_ids = random.Random(len(node_ids)).sample(node_ids, _SAMPLE)
    pieces = [_middle(texts[node_id]) for node_id in node_ids]
    results = [search(piece) for piece in pieces]
    # Nodes that hold the same piece (rows of a table, lines that are said again) stand for
    # one another.
    same = [
        any(piece in texts.get(hit, "") for hit in hits)
        for piece, hits in zip(pieces, results, strict=True)
    ]
    short = sum(lengths[node_id] <= _SHORT_TOKENS for node_id in node_ids)
    total = len(node_ids)
    silent = sum(not hits for hits in results)
    return IndexSanity(total, short / total, silent / total, sum(same) / total)


def _middle(text: str) -> str:
    return text[len(text) // 4 : len(text) - len(text) // 4]
