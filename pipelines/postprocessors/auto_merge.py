"""Replaces found nodes by their parent when enough of its children were found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.document import COLLECTION_KEY
from pipelines.errors import ConfigError
from pipelines.parts import Collection, Parts


class AutoMergeSettings(ComponentSettings):
    """Merges nodes of the `hierarchical` parser upward.

    When at least the share `ratio` of a parent's children are among the nodes, the parent takes
    their place, and so on up to the largest level. A node whose ancestor is among the nodes, merged
    or found itself, is part of it and goes. Nodes without a parent, and
    those of another collection, stay.

    A merged node has the best score and the best rank of what it replaces, so the order stays that
    of the scores. LlamaIndex's AutoMergingRetriever gives it the mean: a passage of which one half
    answers the question would then rank below a worse passage that was found alone.
    """

    needs_parser: ClassVar[str] = "hierarchical"

    kind: Literal["auto_merge"] = "auto_merge"
    ratio: float = Field(default=0.5, gt=0, le=1)

    def build(self, parts: Parts) -> BaseNodePostprocessor:
        """The postprocessor.

        Raises:
            ConfigError: No collection is configured.
        """
        if parts.collection is None:
            raise ConfigError("auto_merge: needs a collection to read parents from: run ingest")
        return AutoMergePostprocessor(self.ratio, parts.collection)


class AutoMergePostprocessor(BaseNodePostprocessor):
    """See AutoMergeSettings."""

    _ratio: float = PrivateAttr()
    _collection: Collection = PrivateAttr()

    def __init__(self, ratio: float, collection: Collection) -> None:
        super().__init__()
        self._ratio = ratio
        self._collection = collection

    @classmethod
    def class_name(cls) -> str:
        return "AutoMergePostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        known = self._with_ancestors([hit.node for hit in nodes])
        # Rank and score of each node that stands; dicts keep the order of the first appearance.
        standing: dict[str, tuple[int, float | None]] = {}
        for rank, hit in enumerate(nodes):
            standing.setdefault(hit.node.node_id, (rank, hit.score))
        for parent in self._lowest_first(known):
            self._merge(known[parent], standing)
        for node_id in list(standing):
            above = next((a for a in _ancestors(known, node_id) if a in standing), None)
            if above is not None:
                standing[above] = _best([standing[above], standing.pop(node_id)])
        ranked = sorted(standing.items(), key=lambda item: item[1][0])
        return [NodeWithScore(node=known[id_], score=score) for id_, (_, score) in ranked]

    def _with_ancestors(self, nodes: list[BaseNode]) -> dict[str, BaseNode]:
        """The nodes and all above them, by id; a level costs one look into the collection."""
        known = {node.node_id: node for node in nodes}
        level = list(known.values())
        while level:
            parents = dict.fromkeys(parent for node in level if (parent := _parent(node)))
            level = list(self._collection.nodes([p for p in parents if p not in known]))
            known |= {node.node_id: node for node in level}
        return known

    def _lowest_first(self, known: dict[str, BaseNode]) -> list[str]:
        """The parents, each after those below it."""
        depth = {node_id: sum(1 for _ in _ancestors(known, node_id)) for node_id in known}
        parents = dict.fromkeys(parent for node in known.values() if (parent := _parent(node)))
        return sorted(parents, key=lambda parent: -depth[parent])

    def _merge(self, parent: BaseNode, standing: dict[str, tuple[int, float | None]]) -> None:
        """Let the parent stand for its children, if enough of them do."""
        children = [child.node_id for child in parent.child_nodes or []]
        found = [child for child in children if child in standing]
        if not found or len(found) / len(children) < self._ratio:
            return
        replaced = [standing.pop(child) for child in found]
        if parent.node_id in standing:
            replaced.append(standing[parent.node_id])
        standing[parent.node_id] = _best(replaced)


def _parent(node: BaseNode) -> str | None:
    """None too for a node of the `collections` retriever: its parents are not in this one."""
    if node.parent_node is None or COLLECTION_KEY in node.metadata:
        return None
    return node.parent_node.node_id


def _ancestors(known: dict[str, BaseNode], node_id: str) -> Iterator[str]:
    """Ids of a node's parent, its parent's and so on."""
    parent = _parent(known[node_id])
    while parent:
        yield parent
        parent = _parent(known[parent])


def _best(of: list[tuple[int, float | None]]) -> tuple[int, float | None]:
    """The best rank and the best score."""
    scores = [score for _, score in of if score is not None]
    return min(rank for rank, _ in of), max(scores) if scores else None
