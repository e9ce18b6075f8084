"""The order in which the kept nodes are read."""

from __future__ import annotations

from typing import Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.parts import Parts
from pipelines.postprocessors.joined_spans import source_of

Order = Literal["ends", "best_last", "best_first", "document_order"]


class ReorderSettings(ComponentSettings):
    """Puts nodes, which come best first, into another order. It belongs last.

    `ends` puts the best ones at both ends and the worst in the middle, where models read least
    carefully: the best is the first, or, of an even number, the last (the order of LlamaIndex's
    LongContextReorder). `best_last` reverses them, so that the best stands next to the question.
    `document_order` groups them by document, that of the best node first, each from its beginning
    to its end (a node without a span counts as its beginning); `best_first` changes nothing.

    Source: Liu et al. 2023, "Lost in the Middle", arXiv:2307.03172.
    """

    kind: Literal["reorder"] = "reorder"
    order: Order = "ends"

    def build(self, parts: Parts) -> BaseNodePostprocessor:  # noqa: ARG002
        """The postprocessor; it needs no parts."""
        return ReorderPostprocessor(order=self.order)


class ReorderPostprocessor(BaseNodePostprocessor):
    """See ReorderSettings. The nodes keep their scores, which are in no order any more."""

    order: Order = "ends"

    @classmethod
    def class_name(cls) -> str:
        return "ReorderPostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if self.order == "best_first":
            return list(nodes)
        if self.order == "best_last":
            return nodes[::-1]
        if self.order == "document_order":
            sources = [source_of(hit.node) for hit in nodes]
            return sorted(
                nodes, key=lambda hit: (sources.index(source_of(hit.node)), _start(hit.node))
            )
        worst_first = nodes[::-1]
        return [*worst_first[::2][::-1], *worst_first[1::2]]


def _start(node: BaseNode) -> int:
    return getattr(node, "start_char_idx", None) or 0
