"""Coarse nodes first, then fine ones inside of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from pipelines.component import ComponentSettings
from pipelines.document import span
from pipelines.errors import ConfigError
from pipelines.parts import Collection, Parts
from pipelines.scope import Scope, Stretch

if TYPE_CHECKING:
    from pipelines.retrievers.settings import RetrieverSettings


class CascadeRetrieverSettings(ComponentSettings):
    """What `fine` finds inside of the nodes that `coarse` finds.

    Each may be any retriever; they usually search two levels of a `hierarchical` collection, such
    as {kind: dense, level: section, top_k: 5} and {kind: dense, top_k: 20}. Whoever asks for more
    nodes than `fine` has widens `fine`; how many stretches are searched is `coarse`'s `top_k`.
    """

    kind: Literal["cascade"] = "cascade"
    coarse: RetrieverSettings
    fine: RetrieverSettings

    @property
    def top_k(self) -> int:
        """How many nodes it finds at most: as many as `fine`."""
        return self.fine.top_k

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: No collection is open, or what one of the two needs is not configured.
        """
        if parts.collection is None:
            raise ConfigError("retriever.cascade: needs a collection: run ingest first")
        # Built once for its errors; each question builds it over its own stretches.
        self.fine.build(parts)
        return CascadeRetriever(self, parts, parts.collection)


class CascadeRetriever(BaseRetriever):
    """See CascadeRetrieverSettings. Order and scores are those of `fine`."""

    def __init__(
        self, settings: CascadeRetrieverSettings, parts: Parts, collection: Collection
    ) -> None:
        super().__init__()
        self._settings = settings
        self._parts = parts
        self._collection = collection
        self._coarse = settings.coarse.build(parts)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._coarse.retrieve(query_bundle)
        stretches = {
            Stretch(str(hit.node.metadata.get("source", "")), *span(hit.node)): None
            for hit in found
        }
        if not stretches:
            return []
        within = self._collection.within(Scope(inside=tuple(stretches)))
        fine = self._settings.fine.build(replace(self._parts, collection=within))
        return fine.retrieve(query_bundle)
