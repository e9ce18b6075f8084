"""The base of our node parsers: nodes are exact slices of their document."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from pydantic import Field
from typing_extensions import override

from pipelines.component import fingerprint
from pipelines.document import LEVEL_KEY

EMBED_METADATA = ("recording", "heading", "title")
# Raise it when the same settings make other nodes than before, by text or by metadata: collections
# are then built anew.
CUTTING_VERSION = 4


@dataclass(frozen=True)
class NodeSpan:
    """text[start:end] of a document, and the metadata of the node that it becomes.

    `depth` counts its ancestors: its parent is the last span before it of a depth one less.
    """

    start: int
    end: int
    metadata: dict[str, Any] = field(default_factory=dict)
    depth: int = 0


class SpanNodeParser(NodeParser):
    """Turns spans into nodes: `node.text == document.text[node.start_char_idx:node.end_char_idx]`.

    Nodes carry the document's metadata and their section's. For embedding and word search a
    node's content is the values of `embed_metadata` that it has, then its text
    (`node.get_content(MetadataMode.EMBED)`); the document's title only where nothing closer is
    known. Ids are hashes of source, span and, where nodes of several levels may have the same span,
    of metadata `level`. NEXT and PREVIOUS link nodes of the same depth.
    """

    embed_metadata: tuple[str, ...] = Field(default=EMBED_METADATA)

    @abstractmethod
    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        """The document's nodes-to-be, by start; a parent before its children."""

    @override
    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return [node for document in nodes for node in self._document_nodes(document)]

    @override
    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]
    ) -> list[BaseNode]:
        # LlamaIndex looks each text up again and so moves repeated sentences to wrong places.
        return nodes

    def _document_nodes(self, document: BaseNode) -> list[BaseNode]:
        text = document.get_content()
        source = str(document.metadata.get("source", document.node_id))
        parent = RelatedNodeInfo(node_id=document.node_id, node_type=document.get_type())
        nodes: list[BaseNode] = []
        latest: list[BaseNode] = []
        for span in self.node_spans(document):
            embedded = [key for key in self.embed_metadata if span.metadata.get(key)]
            if len(embedded) > 1:
                embedded = [key for key in embedded if key != "title"]
            excluded = [key for key in span.metadata if key not in embedded]
            node = TextNode(
                id_=fingerprint([source, span.start, span.end, *_level(span)]),
                text=text[span.start : span.end],
                start_char_idx=span.start,
                end_char_idx=span.end,
                metadata=span.metadata,
                excluded_embed_metadata_keys=excluded,
                excluded_llm_metadata_keys=excluded,
                metadata_template="{value}",
                text_template="{metadata_str}\n{content}",
                relationships={NodeRelationship.SOURCE: parent},
            )
            if span.depth < len(latest) and self.include_prev_next_rel:
                _link(latest[span.depth], node)
            if span.depth:
                _adopt(latest[span.depth - 1], node)
            latest[span.depth : span.depth + 1] = [node]
            nodes.append(node)
        return nodes


def _level(span: NodeSpan) -> list[str]:
    return [span.metadata[LEVEL_KEY]] if LEVEL_KEY in span.metadata else []


def _link(before: BaseNode, after: BaseNode) -> None:
    before.relationships[NodeRelationship.NEXT] = RelatedNodeInfo(node_id=after.node_id)
    after.relationships[NodeRelationship.PREVIOUS] = RelatedNodeInfo(node_id=before.node_id)


def _adopt(parent: BaseNode, child: BaseNode) -> None:
    child.relationships[NodeRelationship.PARENT] = RelatedNodeInfo(node_id=parent.node_id)
    children = parent.relationships.setdefault(NodeRelationship.CHILD, [])
    assert isinstance(children, list)
    children.append(RelatedNodeInfo(node_id=child.node_id))
