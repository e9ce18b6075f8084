"""Hits of an index as LlamaIndex nodes with scores."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.schema import NodeWithScore

from pipelines.parts import Collection


def scored_nodes(
    collection: Collection, hits: Sequence[tuple[str, float]], top_k: int
) -> list[NodeWithScore]:
    """The `top_k` best hits with their nodes: best first, equal scores by node id."""
    best = sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:top_k]
    nodes = collection.nodes([node_id for node_id, _ in best])
    return [
        NodeWithScore(node=node, score=score) for node, (_, score) in zip(nodes, best, strict=True)
    ]
