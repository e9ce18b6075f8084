"""Searching a part of a collection, with a hierarchy, speakers and times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from storage_doubles import LetterTokenizerSettings, Shelf

from benchmarks.synthetic_corpus import clustered_vector
from pipelines.errors import YomitokiError
from pipelines.parts import Parts
from pipelines.retrievers.phonetic import PhoneticRetrieverSettings
from pipelines.scope import NodeFilter, Scope, Stretch
from pipelines.word_index import TokenHits, WordIndex
from storage.collection import Collection

WORDS = WordIndex(LetterTokenizerSettings())  # type: ignore[arg-type]
# Paragraphs of two lines; a line's speaker and minute are its first two characters.
TALK = "甲0堰の改修\n乙1魚道の工費\n\n甲2維持の流量\n丙3水門の塗装"
OTHER = "甲0堰の見学\n甲1弁当の代金"


class TwoLevels(NodeParser):
    """A paragraph a parent, a line a child."""

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> list[BaseNode]:
        return [made for document in nodes for made in self._document(document)]

    def _postprocess_parsed_nodes(
        self,
        nodes: list[BaseNode],
        parent_doc_map: dict[str, Any],  # noqa: ARG002
    ) -> list[BaseNode]:
        return nodes

    def _document(self, document: BaseNode) -> Iterator[BaseNode]:
        text = document.get_content()
        source = str(document.metadata["source"])
        start = 0
        for paragraph in text.split("\n\n"):
            parent = self._node(source, text, start, start + len(paragraph), "paragraph", {})
            children = []
            at = start
            for line in paragraph.split("\n"):
                minute = 60.0 * int(line[1])
                # As the parsers write it where a node holds two turns.
                names = "甲, 乙" if line == "甲1弁当の代金" else line[0]
                told = {"speaker": names, "t_start": minute, "t_end": minute + 59}
                child = self._node(source, text, at, at + len(line), "sentence", told)
                child.relationships[NodeRelationship.PARENT] = RelatedNodeInfo(
                    node_id=parent.node_id
                )
                children.append(child)
                at += len(line) + 1
            parent.relationships[NodeRelationship.CHILD] = [
                RelatedNodeInfo(node_id=child.node_id) for child in children
            ]
            yield parent
            yield from children
            start += len(paragraph) + 2

    def _node(
        self, source: str, text: str, start: int, end: int, level: str, told: dict[str, Any]
    ) -> TextNode:
        return TextNode(
            id_=f"{source}-{level}-{start}",
            text=text[start:end],
            start_char_idx=start,
            end_char_idx=end,
            metadata={"source": source, "level": level, **told},
            excluded_embed_metadata_keys=["source", "level", "speaker", "t_start", "t_end"],
        )


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    shelf = Shelf(tmp_path)
    shelf.ingest({"talk.md": TALK, "other.md": OTHER}, node_parser=TwoLevels())
    with shelf.open() as opened:
        yield opened


def near(collection: Collection, text: str, scope: Scope) -> list[str]:
    hits = collection.within(scope).search_vectors(clustered_vector(text), 10)
    return [node.get_content() for node in collection.nodes([node_id for node_id, _ in hits])]


def worded(collection: Collection, text: str, scope: Scope) -> list[str]:
    hits = collection.within(scope).search_words(WORDS, text, 10)
    return [node.get_content() for node in collection.nodes([node_id for node_id, _ in hits])]


def test_leaves_are_searched_unless_a_level_is_named(collection: Collection) -> None:
    lines = {*TALK.replace("\n\n", "\n").split("\n"), *OTHER.split("\n")}
    hits = collection.search_vectors(clustered_vector("甲0堰の改修"), 20)
    nodes = collection.nodes([node_id for node_id, _ in hits])
    assert {node.get_content() for node in nodes} == lines
    assert hits[0][1] == pytest.approx(1.0)
    paragraphs = {*TALK.split("\n\n"), OTHER}
    assert set(near(collection, OTHER, Scope(level="paragraph"))) == paragraphs
    assert near(collection, OTHER, Scope(level="paragraph"))[0] == OTHER
    assert worded(collection, "塗装", Scope(level="paragraph")) == [TALK.split("\n\n")[1]]
    assert worded(collection, "塗装", Scope()) == ["丙3水門の塗装"]
    assert collection.counts() == (2, 9, 6)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (NodeFilter(speaker=("乙",)), {"乙1魚道の工費", "甲1弁当の代金"}),
        (NodeFilter(speaker=("丙",)), {"丙3水門の塗装"}),
        (
            NodeFilter(speaker=("乙", "丙")),
            {"乙1魚道の工費", "甲1弁当の代金", "丙3水門の塗装"},
        ),
        (NodeFilter(source=("oth*",), speaker=("甲",)), {"甲0堰の見学", "甲1弁当の代金"}),
        (NodeFilter(time="1:30-2:10"), {"乙1魚道の工費", "甲2維持の流量", "甲1弁当の代金"}),
        (NodeFilter(time="3:00-"), {"丙3水門の塗装"}),
    ],
)
def test_filters(collection: Collection, where: NodeFilter, found: set[str]) -> None:
    assert set(near(collection, "堰", Scope(where=where))) == found
    everything = "".join(sorted(set(TALK + OTHER) - {"\n"}))
    assert set(worded(collection, everything, Scope(where=where))) == found


def test_stretches_hold_what_begins_in_them(collection: Collection) -> None:
    second = TALK.index("甲2")
    inside = (Stretch("talk.md", second, len(TALK)), Stretch("other.md", 0, 1))
    found = {"甲2維持の流量", "丙3水門の塗装", "甲0堰の見学"}
    assert set(near(collection, "堰", Scope(inside=inside))) == found
    assert near(collection, "堰", Scope(inside=())) == []


def test_a_scope_inside_of_another_keeps_both(collection: Collection) -> None:
    outer = collection.within(Scope(where=NodeFilter(speaker=("甲",))))
    inner = outer.within(Scope(inside=(Stretch("talk.md", 0, len(TALK)),)))
    hits = inner.search_vectors(clustered_vector("堰"), 10)
    found = collection.nodes([node_id for node_id, _ in hits])
    assert {node.get_content() for node in found} == {"甲0堰の改修", "甲2維持の流量"}
    with pytest.raises(ValueError, match="both filter by the same"):
        outer.within(Scope(where=NodeFilter(speaker=("乙",))))


def test_what_matches_nothing_names_what_there_is(collection: Collection) -> None:
    with pytest.raises(YomitokiError, match=r"matches speaker=丁: speaker is one of 丙, 乙, 甲$"):
        near(collection, "堰", Scope(where=NodeFilter(speaker=("丁",))))
    with pytest.raises(YomitokiError, match=r"times go up to 03:59"):
        near(collection, "堰", Scope(where=NodeFilter(time="9:00-")))
    with pytest.raises(YomitokiError, match=r"no passage has a recording"):
        worded(collection, "堰", Scope(where=NodeFilter(recording=("x",))))
    with pytest.raises(YomitokiError, match=r"no node is of the level 'section': its levels are"):
        near(collection, "堰", Scope(level="section"))
    with pytest.raises(YomitokiError, match=r"no node is of the level 'section': its levels are"):
        worded(collection, "堰", Scope(level="section"))


def read(hits: TokenHits) -> list[list[tuple[str, float, str]]]:
    """(node id, score, its tokens) of each question's hits."""

    def tokens(row: int) -> str:
        return "".join(hits.vocabulary[n] for n in hits.flat[hits.edges[row] : hits.edges[row + 1]])

    return [
        [(hits.node_ids[row], float(score), tokens(row)) for row, score in zip(*found, strict=True)]
        for found in hits.found
    ]


def test_several_questions_at_once_find_what_each_finds_with_its_tokens(
    collection: Collection,
) -> None:
    questions = ["塗装", "堰の改修", "zzz"]
    for scope in (Scope(), Scope(level="paragraph"), Scope(where=NodeFilter(speaker=("丙",)))):
        part = collection.within(scope)
        found = read(part.search_tokens(WORDS, questions, 2))
        alone = [part.search_words(WORDS, question, 2) for question in questions]
        assert [[hit[:2] for hit in hits] for hits in found] == alone
        for hits in found:
            nodes = collection.nodes([node_id for node_id, _, _ in hits])
            assert [text for _, _, text in hits] == [node.get_content() for node in nodes]
    assert alone[0]
    assert alone[2] == []
    with pytest.raises(YomitokiError, match=r"no node is of the level 'section': its levels are"):
        collection.within(Scope(level="section")).search_tokens(WORDS, ["堰"], 2)


def test_what_is_heard_is_found_in_a_stored_collection(collection: Collection) -> None:
    parts = Parts(collection=collection)
    settings = PhoneticRetrieverSettings(top_k=1)
    (hit,) = settings.build(parts).retrieve("漁道の光費")
    assert hit.node.get_content() == "乙1魚道の工費"
    inside = parts.collection.within(Scope(where=NodeFilter(speaker=("丙",))))  # type: ignore[union-attr]
    (hit,) = settings.build(Parts(collection=inside)).retrieve("水文の塗装")
    assert hit.node.get_content() == "丙3水門の塗装"
