"""A node parser whose nodes know the corrections of their text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode
from typing_extensions import override

from pipelines.document import CORRECTIONS_KEY, WINDOW_KEY, document_sections, span
from storage.cleaning.step import CleaningStep, clean

Of = Literal["transcripts", "all"]


class CleaningParser(NodeParser):
    """Cuts as another parser does, and gives each node the corrections that lie in it.

    The text, and so every span and quotation, stays the document's: `pipelines.document` has what
    is embedded and read (`embedded_text`, `cleaned_text`). Of `transcripts`, only documents with
    times are cleaned.
    """

    _inner: NodeParser = PrivateAttr()
    _build: Callable[[], Sequence[CleaningStep]] = PrivateAttr()
    _steps: Sequence[CleaningStep] | None = PrivateAttr(default=None)
    _of: Of = PrivateAttr()

    def __init__(
        self, inner: NodeParser, build: Callable[[], Sequence[CleaningStep]], of: Of
    ) -> None:
        """Cut with `inner`; `build` makes the steps when the first document is cleaned, so that
        an ingest that changes nothing loads no model."""
        super().__init__()
        self._inner = inner
        self._build = build
        self._of = of

    @classmethod
    def class_name(cls) -> str:
        return "CleaningParser"

    @override
    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return [
            node
            for document in nodes
            for node in _corrected(
                self._inner.get_nodes_from_documents([document]),  # type: ignore[list-item]
                self._corrections(document),
            )
        ]

    @override
    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]
    ) -> list[BaseNode]:
        return nodes

    def _corrections(self, document: BaseNode) -> list[list[Any]]:
        timed = any("t_start" in section.metadata for section in document_sections(document))
        if self._of == "transcripts" and not timed:
            return []
        if self._steps is None:
            self._steps = self._build()
        cleaned = clean(document.get_content(), self._steps)
        return [[edit.start, edit.end, edit.replacement] for edit in cleaned.edits]


def _corrected(nodes: Sequence[BaseNode], corrections: list[list[Any]]) -> list[BaseNode]:
    """The nodes with the corrections that lie in them, or in the window around them."""
    for node in nodes:
        start, end = span(node)
        start = min(start, node.metadata.get(f"{WINDOW_KEY}_start_char", start))
        end = max(end, node.metadata.get(f"{WINDOW_KEY}_end_char", end))
        if own := [one for one in corrections if start <= one[0] and one[1] <= end]:
            node.metadata[CORRECTIONS_KEY] = own
            node.excluded_embed_metadata_keys.append(CORRECTIONS_KEY)
            node.excluded_llm_metadata_keys.append(CORRECTIONS_KEY)
    return list(nodes)
