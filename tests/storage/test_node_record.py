from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.node_parser import HierarchicalNodeParser, SentenceSplitter
from llama_index.core.schema import (
    BaseNode,
    Document,
    MetadataMode,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
)
from storage_doubles import SentenceLineParser, Shelf, clustered_vector, read_result

from pipelines.document import Section, document_sections, make_document
from storage.ingestion import ingest
from storage.node_record import document_record, make_node, metadata_json
from storage.node_record import make_document as stored_document

TEXT = "一行目\n二行目\n三行目"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=True)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def record_nodes(document: Document, nodes: list[BaseNode] | None = None) -> list[TextNode]:
    """The nodes as they come back out of their rows."""
    made = SentenceLineParser().get_nodes_from_documents([document]) if nodes is None else nodes
    record = document_record(document, "0" * 64, list(made))
    return [
        make_node(
            node.node_id,
            node.start_char,
            node.end_char,
            node.text,
            node.metadata,
            node.relationships,
            node.format,
        )
        for node in record.nodes
    ]


@given(st.dictionaries(st.text(st.characters(exclude_categories=()), max_size=5), json_values))
def test_metadata_comes_back_the_same(metadata: dict[str, Any]) -> None:
    document = Document(text=TEXT, metadata={**metadata, "source": "a.md"})
    record = document_record(document, "0" * 64, [])
    back = stored_document(record.text, record.metadata, record.format)
    assert repr(back.metadata) == repr(document.metadata)  # repr: NaN is not equal to itself
    assert back.text == TEXT
    assert back.node_id == "a.md"


def test_odd_metadata_comes_back_through_the_database(tmp_path: Path) -> None:
    odd = {
        "large": 2**63,
        "nothing": None,
        "deep": {"a": [1, {"b": [True, 2.5]}]},
        "nul": "a\x00b",
        "infinite": -math.inf,
        "surrogate": "\udc82",
        "": "empty key",
    }
    shelf = Shelf(tmp_path)
    read = read_result("a.md", TEXT)
    read.document.metadata.update({**odd, "nan": math.nan})
    read.document.excluded_embed_metadata_keys.extend([*odd, "nan"])
    report = ingest(
        [read],
        home=shelf.home,
        name=shelf.name,
        identity=shelf.identity,
        node_parser=SentenceLineParser(),
        embed_model=shelf.embed_model,
    )
    assert report.failed == []
    with shelf.open() as collection:
        ((node_id, _),) = collection.search_vectors(clustered_vector("二行目"), 1)
        (node,) = collection.nodes([node_id])
        document = collection.document("a.md")
    for metadata in (node.metadata, document.metadata):
        assert math.isnan(metadata.pop("nan"))
        assert {key: metadata[key] for key in odd} == odd


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((1, 2), "metadata.k: a tuple can't be stored"),
        (datetime.date(2026, 1, 1), "metadata.k: a date can't be stored"),
        (b"x", "metadata.k: a bytes can't be stored"),
        ({1: "x"}, "metadata.k: key 1 is not a string"),
        ([{"x": {2}}], r"metadata.k\[0\].x: a set can't be stored"),
    ],
)
def test_metadata_that_would_come_back_changed_is_refused(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metadata_json({"k": value})


def test_endless_metadata_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(ValueError, match="nested deeper than 20 levels"):
        metadata_json(endless)


def test_a_node_comes_back_as_it_was() -> None:
    document = make_document(TEXT, "a.md", [Section(0, 4, {"heading": "始め"})], title="講義")
    document.metadata_template = "{value}"
    made = SentenceLineParser().get_nodes_from_documents([document])
    back = record_nodes(document, made)
    assert [node.text for node in back] == ["一行目", "二行目", "三行目"]
    for before, after in zip(made, back, strict=True):
        for mode in (MetadataMode.EMBED, MetadataMode.NONE):
            assert before.get_content(mode) == after.get_content(mode)
        assert after.ref_doc_id == "a.md"
        assert after.metadata == {"source": "a.md", "title": "講義"}  # sections stay above
        assert TEXT[after.start_char_idx : after.end_char_idx] == after.text


def test_sections_come_back_with_the_document() -> None:
    sections = [Section(0, 4, {"heading": "始め"}), Section(4, 11, {"t_start": 1.5})]
    record = document_record(make_document(TEXT, "a.md", sections), "0" * 64, [])
    back = stored_document(record.text, record.metadata, record.format)
    assert document_sections(back) == sections
    assert "sections" in back.excluded_embed_metadata_keys


def test_ids_depend_on_the_file_and_the_place_and_nothing_else() -> None:
    def ids(text: str, source: str = "a.md", sha256: str = "0" * 64) -> list[str]:
        document = make_document(text, source, [])
        nodes = SentenceLineParser().get_nodes_from_documents([document])
        return [node.node_id for node in document_record(document, sha256, nodes).nodes]

    same = "同じ\n同じ"
    assert ids(same) == ids(same)
    different = [
        ids(same),
        ids(same, source="b.md"),
        ids(same, sha256="1" * 64),
        ids("違う\n同じ二"),
    ]
    everything = [node_id for some in different for node_id in some]
    assert len(set(everything)) == len(everything) == 8


def test_parents_are_told_from_leaves() -> None:
    text = "これは長い文です。" * 60
    parser = HierarchicalNodeParser.from_defaults(
        node_parser_ids=["large", "small"],
        node_parser_map={
            "large": SentenceSplitter(chunk_size=256, chunk_overlap=0),
            "small": SentenceSplitter(chunk_size=64, chunk_overlap=0),
        },
    )
    document = make_document(text, "a.md", [])
    made = parser.get_nodes_from_documents([document])
    # LlamaIndex gives the smaller nodes no span of the document; place them by hand.
    for number, node in enumerate(made):
        assert isinstance(node, TextNode)
        node.start_char_idx, node.end_char_idx = number, number + 1
    record = document_record(document, "0" * 64, made)
    parents = [node for node in record.nodes if not node.leaf]
    leaves = [node for node in record.nodes if node.leaf]
    assert parents
    assert {node.level for node in parents} == {0}
    assert {node.level for node in leaves} == {1}
    by_id = {node.node_id: node for node in record_nodes(document, made)}
    for leaf in leaves:
        parent = by_id[leaf.node_id].parent_node
        assert parent is not None
        children = by_id[parent.node_id].child_nodes
        assert children is not None
        assert leaf.node_id in {child.node_id for child in children}


def _bad_nodes() -> dict[str, tuple[list[BaseNode], str]]:
    def node(**values: Any) -> TextNode:
        return TextNode(
            **{"text": "行", "start_char_idx": 0, "end_char_idx": 1, "id_": "n", **values}
        )

    looping = node(relationships={NodeRelationship.PARENT: RelatedNodeInfo(node_id="n")})
    return {
        "no span": ([node(start_char_idx=None)], "no character span"),
        "outside": ([node(end_char_idx=len(TEXT) + 1)], "span 0-12 is outside of the document"),
        "reversed": ([node(start_char_idx=2)], "span 2-1 is outside"),
        "same id": ([node(), node(start_char_idx=0)], "two nodes the same id"),
        "surrogate": ([node(text="\ud800")], "node 0 holds a lone surrogate at character 0"),
        "own parent": ([looping], "its own ancestor"),
    }


@pytest.mark.parametrize("case", sorted(_bad_nodes()))
def test_nodes_that_can_not_be_stored_are_refused(case: str) -> None:
    nodes, message = _bad_nodes()[case]
    with pytest.raises(ValueError, match=message):
        document_record(make_document(TEXT, "a.md", []), "0" * 64, nodes)


def test_a_document_without_source_is_refused() -> None:
    with pytest.raises(ValueError, match="no metadata 'source'"):
        document_record(Document(text=TEXT), "0" * 64, [])
