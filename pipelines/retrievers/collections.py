"""Several collections at once, each with its own index and its own way of searching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.document import COLLECTION_KEY
from pipelines.errors import ConfigError
from pipelines.parts import Collection, Parts
from pipelines.retrievers.fusion import Weight, reciprocal_rank_fusion

if TYPE_CHECKING:
    from pipelines.retrievers.settings import RetrieverSettings


class SourceSettings(ComponentSettings):
    """One collection, how it is searched, and how much its ranking counts."""

    name: str = Field(min_length=1, max_length=100)
    retriever: RetrieverSettings
    weight: Weight = 1.0


class CollectionsRetrieverSettings(ComponentSettings):
    """The rankings of several collections as one (reciprocal-rank fusion).

    The collections must have been built with the config's embedding. Nodes say in their metadata
    which `collection` they are from; one that stands in two is one node, from the earlier.
    """

    kind: Literal["collections"] = "collections"
    top_k: int = Field(default=20, ge=1)
    rrf_k: int = Field(default=60, ge=1)
    sources: tuple[SourceSettings, ...] = Field(min_length=1)

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever; its collections stay open as long as the pipeline is.

        Raises:
            ConfigError: What a source's retriever needs is not configured, or nothing can open
                collections.
            YomitokiError: There is no such collection, or it was built with another embedding.
        """
        if parts.open_collection is None:
            raise ConfigError("retriever.collections: can only be used in a pipeline")
        sources = []
        for source in self.sources:
            collection = parts.open_collection(source.name)
            retriever = source.retriever.build(replace(parts, collection=collection))
            sources.append(Source(source.name, source.weight, collection, retriever))
        return CollectionsRetriever(sources, self.top_k, self.rrf_k)


@dataclass(frozen=True)
class Source:
    """An open collection and what searches it."""

    name: str
    weight: float
    collection: Collection
    retriever: BaseRetriever


class CollectionsRetriever(BaseRetriever):
    """See CollectionsRetrieverSettings. Best first; equal scores: the earlier source."""

    def __init__(self, sources: Sequence[Source], top_k: int, rrf_k: int = 60) -> None:
        super().__init__()
        self._sources = list(sources)
        self._top_k = top_k
        self._rrf_k = rrf_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        nodes: dict[str, BaseNode] = {}
        rankings: list[dict[str, int]] = []
        for source in self._sources:
            with source.collection.snapshot():
                found = source.retriever.retrieve(query_bundle)
            rankings.append({hit.node.node_id: rank for rank, hit in enumerate(found, 1)})
            for hit in found:
                nodes.setdefault(hit.node.node_id, _from(source.name, hit.node))
        weights = [source.weight for source in self._sources]
        scores = reciprocal_rank_fusion(rankings, weights, self._rrf_k)
        order = sorted(nodes, key=lambda node_id: -scores[node_id])[: self._top_k]
        return [NodeWithScore(node=nodes[node_id], score=scores[node_id]) for node_id in order]


def _from(name: str, node: BaseNode) -> BaseNode:
    return node.model_copy(
        update={
            "metadata": {**node.metadata, COLLECTION_KEY: name},
            "excluded_embed_metadata_keys": [*node.excluded_embed_metadata_keys, COLLECTION_KEY],
            "excluded_llm_metadata_keys": [*node.excluded_llm_metadata_keys, COLLECTION_KEY],
        }
    )
