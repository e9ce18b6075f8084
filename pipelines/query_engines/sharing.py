"""One ranking of several searches' nodes, each search with its share of the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from llama_index.core.schema import NodeWithScore

from pipelines.query_engines.context import render_passage


def in_turns(rankings: Sequence[Sequence[NodeWithScore]]) -> list[NodeWithScore]:
    """The nodes of several rankings: all first ones, all second ones, …; each node once."""
    unique: dict[str, NodeWithScore] = {}
    for hit in chain.from_iterable(zip_longest(*rankings)):
        if hit is not None:
            unique.setdefault(hit.node.node_id, hit)
    return list(unique.values())


def shared_out(
    rankings: Sequence[Sequence[NodeWithScore]],
    budget_tokens: int,
    count_tokens: Callable[[str], int],
) -> list[NodeWithScore]:
    """The nodes of several rankings, first those that fit into each one's share of the budget.

    Each ranking has an equal share and fills it with its best nodes that no other has taken, by
    turns; all other nodes follow, by turns, and fill what the shares left free. A node stands once.

    Args:
        rankings: Nodes, best first, of one search each.
        budget_tokens: Tokens of passages that will be read.
        count_tokens: Tokens of a text.
    """
    left = [budget_tokens // max(1, len(rankings))] * len(rankings)
    taken: dict[str, NodeWithScore] = {}
    for row in zip_longest(*rankings):
        for place, hit in enumerate(row):
            if hit is None or hit.node.node_id in taken:
                continue
            needed = count_tokens(render_passage(len(taken) + 1, hit.node) + "\n\n")
            if needed <= left[place]:
                left[place] -= needed
                taken[hit.node.node_id] = hit
    rest = [hit for hit in in_turns(rankings) if hit.node.node_id not in taken]
    return [*taken.values(), *rest]
