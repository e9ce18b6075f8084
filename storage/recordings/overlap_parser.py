"""A node parser whose nodes know where another recording has the same words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode
from typing_extensions import override

from pipelines.also_heard import ALSO_HEARD_KEY, OtherReading
from pipelines.document import document_sections, span
from storage.recordings.overlap import Overlap, overlaps

# To be raised with every change that aligns otherwise or finds another reading better.
OVERLAP_VERSION = 1


class OverlapParser(NodeParser):
    """Cuts as another parser does, and gives each node the other readings of its words.

    They are in the metadata `also_heard` (`pipelines.also_heard`), which is neither embedded nor
    read by a language model. Documents of one recording are left as they are.
    """

    _inner: NodeParser = PrivateAttr()

    def __init__(self, inner: NodeParser) -> None:
        super().__init__()
        self._inner = inner

    @classmethod
    def class_name(cls) -> str:
        return "OverlapParser"

    @override
    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return [node for document in nodes for node in self._marked(document)]

    @override
    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]
    ) -> list[BaseNode]:
        return nodes

    def _marked(self, document: BaseNode) -> list[BaseNode]:
        cut: list[BaseNode] = self._inner.get_nodes_from_documents([document])  # type: ignore[list-item]
        found = overlaps(document.get_content(), document_sections(document))
        if not found:
            return cut
        views = [view for overlap in found for view in (overlap, overlap.swapped())]
        for node in cut:
            if heard := _other_readings(span(node), views):
                node.metadata[ALSO_HEARD_KEY] = [list(one) for one in heard]
                node.excluded_embed_metadata_keys.append(ALSO_HEARD_KEY)
                node.excluded_llm_metadata_keys.append(ALSO_HEARD_KEY)
        return cut


def _other_readings(of: tuple[int, int], views: Sequence[Overlap]) -> list[OtherReading]:
    """The other readings of a span, in the order of the document."""
    found = []
    for view in views:
        (start, end), _ = view.spans
        if not (start < of[1] and of[0] < end) or (pair := view.other_span(*of)) is None:
            continue
        t_start, t_end = view.second.times(*pair.second)
        better = view.compared(pair) < 0
        place = (view.second.name, *pair.second, round(t_start, 2), round(t_end, 2))
        found.append(OtherReading(*place, better))
    return sorted(found, key=lambda one: one.start_char)
