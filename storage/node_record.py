"""Documents and nodes as rows: what is stored of them, and their ids."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from llama_index.core.schema import (
    BaseNode,
    Document,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
)

from pipelines.document import LEVEL_KEY, SECTIONS_KEY, embedded_text, span

MAX_METADATA_DEPTH = 20

_SINGLE = (NodeRelationship.PREVIOUS, NodeRelationship.NEXT, NodeRelationship.PARENT)
_FORMAT_KEYS = (
    "excluded_embed_metadata_keys",
    "excluded_llm_metadata_keys",
    "metadata_separator",
    "metadata_template",
    "text_template",
)


@dataclass(frozen=True)
class NodeRecord:
    """One node to store. `digest` names its vector.

    A `leaf` has no children: a search looks at leaves unless it names a level. `level` is 0 for a
    node without parent; `level_name` is what the parser calls it ("paragraph"), else "".
    """

    node_id: str
    ordinal: int
    level: int
    level_name: str
    leaf: bool
    start_char: int
    end_char: int
    text: str
    embed_text: str
    metadata: str
    relationships: str
    format: str
    digest: bytes


@dataclass(frozen=True)
class DocumentRecord:
    """One document to store, with its nodes in order."""

    source: str
    sha256: str
    text: str
    metadata: str
    format: str
    nodes: list[NodeRecord]


def document_record(document: Document, sha256: str, nodes: list[BaseNode]) -> DocumentRecord:
    """The rows of a document and of the nodes that a parser made of it.

    Node ids are hashes of the document's bytes and of the node's place and content: the same
    file gives the same ids, another version of it gives others.

    Raises:
        ValueError: Text or metadata can't be stored so that the same comes back, a node has no
            span or one outside of the document, or two nodes are the same.
    """
    if "source" not in document.metadata:
        raise ValueError("the document has no metadata 'source'")
    source = str(document.metadata["source"])
    text = _storable(document.text, "the text")
    ids: dict[str, str] = {}
    for ordinal, node in enumerate(nodes):
        start, end = span(node)
        if not 0 <= start <= end <= len(text):
            raise ValueError(f"node {ordinal}: span {start}-{end} is outside of the document")
        key = [source, sha256, str(ordinal), str(start), str(end), node.get_content()]
        key.append(embedded_text(node))
        ids[node.node_id] = _hash("\0".join(key)).hex()[:32]
    if len(ids) != len(nodes):
        raise ValueError("the node parser gave two nodes the same id")
    levels = _levels(nodes)
    return DocumentRecord(
        source=_storable(source, "the name"),
        sha256=sha256,
        text=text,
        metadata=metadata_json(document.metadata),
        format=_format(document),
        nodes=[
            _node_record(node, ordinal, ids, levels[node.node_id], source)
            for ordinal, node in enumerate(nodes)
        ],
    )


def text_digest(embed_text: str) -> bytes:
    """The key of a text's vector: SHA-256 of what the model reads."""
    return _hash(embed_text)


def metadata_json(metadata: dict[str, Any]) -> str:
    """Metadata as JSON from which exactly the same comes back.

    Raises:
        ValueError: A key that is no string, or a value that JSON does not hold (a date, a tuple,
            bytes): it would come back as something else.
    """
    _check_json(metadata, "metadata")
    return json.dumps(metadata, ensure_ascii=True, separators=(",", ":"))


def make_node(
    node_id: str, start: int, end: int, text: str, metadata: str, relationships: str, format: str
) -> TextNode:
    """The TextNode of a row; its `ref_doc_id` is its document's source."""
    values = json.loads(metadata)
    related: dict[NodeRelationship, RelatedNodeInfo | list[RelatedNodeInfo]] = {
        NodeRelationship.SOURCE: RelatedNodeInfo(node_id=str(values["source"]))
    }
    for key, value in json.loads(relationships).items():
        relationship = NodeRelationship(key)
        if isinstance(value, list):
            related[relationship] = [RelatedNodeInfo(node_id=child) for child in value]
        else:
            related[relationship] = RelatedNodeInfo(node_id=value)
    return TextNode(
        id_=node_id,
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        metadata=values,
        relationships=related,
        **json.loads(format),
    )


def make_document(text: str, metadata: str, format: str) -> Document:
    """The Document of a row, as it was ingested; its id is its source."""
    values = json.loads(metadata)
    return Document(id_=str(values["source"]), text=text, metadata=values, **json.loads(format))


def _node_record(
    node: BaseNode, ordinal: int, ids: dict[str, str], level: int, source: str
) -> NodeRecord:
    start, end = span(node)
    embed_text = _storable(embedded_text(node), f"node {ordinal}")
    # The document's section list is on the document; on every node it would grow as n squared.
    metadata = {key: value for key, value in node.metadata.items() if key != SECTIONS_KEY}
    metadata["source"] = source
    relationships: dict[str, Any] = {}
    for relationship in _SINGLE:
        other = node.relationships.get(relationship)
        if isinstance(other, RelatedNodeInfo) and other.node_id in ids:
            relationships[str(relationship.value)] = ids[other.node_id]
    children = node.relationships.get(NodeRelationship.CHILD) or []
    if isinstance(children, list) and children:
        relationships[str(NodeRelationship.CHILD.value)] = [
            ids[child.node_id] for child in children if child.node_id in ids
        ]
    return NodeRecord(
        node_id=ids[node.node_id],
        ordinal=ordinal,
        level=level,
        level_name=str(metadata.get(LEVEL_KEY, "")),
        leaf=not children,
        start_char=start,
        end_char=end,
        text=_storable(node.get_content(), f"node {ordinal}"),
        embed_text=embed_text,
        metadata=metadata_json(metadata),
        relationships=json.dumps(relationships),
        format=_format(node),
        digest=text_digest(embed_text),
    )


def _levels(nodes: list[BaseNode]) -> dict[str, int]:
    parents: dict[str, str] = {}
    for node in nodes:
        parent = node.relationships.get(NodeRelationship.PARENT)
        if isinstance(parent, RelatedNodeInfo):
            parents[node.node_id] = parent.node_id
    levels = {}
    for node in nodes:
        level, above = 0, node.node_id
        while above in parents:
            level, above = level + 1, parents[above]
            if level > len(nodes):
                raise ValueError("the node parser made a node its own ancestor")
        levels[node.node_id] = level
    return levels


def _format(node: BaseNode) -> str:
    return json.dumps({key: getattr(node, key) for key in _FORMAT_KEYS if hasattr(node, key)})


def _storable(text: str, what: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{what} holds a lone surrogate at character {error.start}: not valid Unicode"
        ) from error
    return text


def _check_json(value: Any, where: str, depth: int = 0) -> None:
    if depth > MAX_METADATA_DEPTH:
        raise ValueError(f"{where}: nested deeper than {MAX_METADATA_DEPTH} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{where}: key {key!r} is not a string")
            _check_json(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_json(item, f"{where}[{index}]", depth + 1)
    elif not (value is None or isinstance(value, (str, int, float, bool))):
        raise ValueError(
            f"{where}: a {type(value).__name__} can't be stored: "
            "use text, numbers, true or false, null, lists and maps"
        )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
