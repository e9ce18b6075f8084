"""What holds for the nodes of every parser, on generated, shipped and real text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_embedding import LetterEmbedding
from llama_index.core.schema import BaseNode, Document, NodeRelationship

from pipelines.component import ComponentSettings
from pipelines.document import Section, document_sections, make_document, span
from pipelines.node_parsers.hierarchical import HierarchicalParserSettings
from pipelines.node_parsers.paragraph import ParagraphParserSettings
from pipelines.node_parsers.semantic import SemanticParserSettings
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.node_parsers.settings import NodeParserSettings
from pipelines.node_parsers.token import TokenParserSettings
from pipelines.node_parsers.transcript import TranscriptParserSettings
from pipelines.parts import Parts
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples" / "lecture"
CORPORA = ROOT.parent / "shared" / "corpora"


def count_tokens(text: str) -> int:
    """Bytes: a token counter under which characters differ in size."""
    return len(text.encode("utf-8", "replace"))


# With the longest text that a node of each level may have, in characters.
KINDS: list[tuple[NodeParserSettings, dict[str, int]]] = [
    (SentenceParserSettings(), {"": 300}),
    (SentenceParserSettings(max_chars=0), {"": 160}),
    (SentenceParserSettings(max_chars=120, overlap_sentences=2), {"": 120}),
    (SentenceWindowParserSettings(), {"": 160}),
    (ParagraphParserSettings(), {"": 400}),
    (ParagraphParserSettings(min_chars=0, max_chars=20, sentence_chars=20), {"": 20}),
    (TokenParserSettings(max_tokens=600), {"": 600}),
    (TokenParserSettings(max_tokens=64, overlap_tokens=40), {"": 64}),
    (SemanticParserSettings(), {"": 600}),
    (SemanticParserSettings(mode="local_minimum", buffer=2, max_chars=300), {"": 300}),
    (HierarchicalParserSettings(), {"section": 1500, "paragraph": 400, "sentence": 320}),
    (
        HierarchicalParserSettings(
            levels=("document", "section", "paragraph"), max_chars=100, section_chars=100
        ),
        {"document": 10**9, "section": 100, "paragraph": 100},
    ),
    (HierarchicalParserSettings(levels=("sentence",)), {"sentence": 320}),
    (TranscriptParserSettings(), {"": 500}),
    (TranscriptParserSettings(min_chars=10, max_chars=60, window_seconds=5), {"": 60}),
]
every_kind = pytest.mark.parametrize(
    ("kind", "longest"), KINDS, ids=lambda value: getattr(value, "kind", "")
)


def parse(kind: NodeParserSettings, document: Document) -> list[BaseNode]:
    parts = Parts(count_tokens=count_tokens, embed_model=LetterEmbedding())
    return kind.build(parts)([document])


def levels(nodes: list[BaseNode]) -> dict[str, list[BaseNode]]:
    found: dict[str, list[BaseNode]] = defaultdict(list)
    for node in nodes:
        found[node.metadata.get("level", "")].append(node)
    return found


def check(
    kind: NodeParserSettings, longest: dict[str, int], document: Document
) -> dict[str, list[BaseNode]]:
    """Everything that holds for the nodes of any document; returns them by level."""
    text = document.text
    nodes = parse(kind, document)
    assert len({node.node_id for node in nodes}) == len(nodes)
    assert set(levels(nodes)) <= set(longest)
    if text.strip():
        assert set(levels(nodes)) == set(longest)
    starts = [span(node)[0] for node in nodes]
    assert starts == sorted(starts)
    for level, its_nodes in levels(nodes).items():
        before, reached = (-1, -1), 0
        for node in its_nodes:
            start, end = span(node)
            assert node.get_content() == text[start:end]
            assert text[start:end] == text[start:end].strip() != ""
            assert end - start <= longest[level]
            assert before[0] < start
            assert before[1] < end
            assert not text[reached:start].strip()
            before, reached = (start, end), max(reached, end)
            assert "sections" not in node.metadata
        assert not text[reached:].strip()
    check_kind(kind, nodes)
    return levels(nodes)


def check_kind(kind: NodeParserSettings, nodes: list[BaseNode]) -> None:
    if isinstance(kind, TokenParserSettings):
        assert all(count_tokens(node.get_content()) <= kind.max_tokens for node in nodes)
    if isinstance(kind, TranscriptParserSettings):
        for node in nodes:
            if "t_start" in node.metadata and len(node.get_content()) > kind.min_chars:
                lasts = node.metadata["t_end"] - node.metadata["t_start"]
                assert lasts <= kind.window_seconds + 0.02, "each end is rounded to 0.01 s"
    if isinstance(kind, HierarchicalParserSettings):
        check_tree(kind, nodes)


def check_tree(kind: HierarchicalParserSettings, nodes: list[BaseNode]) -> None:
    """Parents come before their children, begin with the first and end with the last of them."""
    order = {node.node_id: place for place, node in enumerate(nodes)}
    for place, node in enumerate(nodes):
        depth = kind.levels.index(node.metadata["level"])
        assert (NodeRelationship.PARENT in node.relationships) == (depth > 0)
        children = [nodes[order[child.node_id]] for child in node.child_nodes or []]
        assert bool(children) == (depth < len(kind.levels) - 1)
        for child in children:
            assert order[child.node_id] > place
            assert child.metadata["level"] == kind.levels[depth + 1]
            assert child.parent_node is not None
            assert child.parent_node.node_id == node.node_id
        if children:
            assert span(node) == (span(children[0])[0], span(children[-1])[1])
    for its_nodes in levels(nodes).values():
        chain = [node.next_node.node_id if node.next_node else None for node in its_nodes]
        assert chain == [*(node.node_id for node in its_nodes[1:]), None]


PIECES = st.sampled_from(
    [
        "あ",
        "い。",
        " ",
        "\n",
        "\n\n",
        "# ",
        "ab.",
        "「",
        "」",
        "|",
        "`",
        "```\n",
        "-",
        "🎤 A [0s - 3s]\n",
        "長い話が続いていますけれども、",
        "はい。",
        "e\u0301",
        "\U0001f468\u200d\U0001f469",
        "\r\n",
        "\u3000",
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A text with sections of which some are turns, some headings, and some parts are in none."""
    text = "".join(draw(st.lists(PIECES, max_size=120)))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    sections: list[Section] = []
    now = 0.0
    for start, end in pairwise(edges):
        what = draw(st.sampled_from(["turn", "turn", "heading", "page", "none"]))
        if what == "none" or start == end:
            continue
        metadata: dict[str, Any] = {"heading": "章"}
        if what == "turn":
            until = now + draw(st.floats(0, 400))
            speaker = draw(st.sampled_from(["A", "B", ""]))
            metadata = {"recording": "R", "speaker": speaker, "t_start": now, "t_end": until}
            now = until
        elif what == "page":
            metadata = {"page": draw(st.integers(1, 3))}
        sections.append(Section(start, end, metadata))
    return make_document(text, "a.md", sections)


@every_kind
@settings(max_examples=40, deadline=None)
@given(document=documents())
def test_nodes_of_generated_text(
    kind: NodeParserSettings, longest: dict[str, int], document: Document
) -> None:
    check(kind, longest, document)


@every_kind
@settings(max_examples=20, deadline=None)
@given(text=st.text(max_size=400))
def test_nodes_of_any_characters(
    kind: NodeParserSettings, longest: dict[str, int], text: str
) -> None:
    check(kind, longest, Document(text=text))


@every_kind
@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_document_gives_no_node(
    kind: NodeParserSettings, longest: dict[str, int], text: str
) -> None:
    del longest
    assert parse(kind, Document(text=text)) == []


@every_kind
@pytest.mark.parametrize(
    "text",
    [
        "あ" * 30_000,
        "話は続きますけれども、" * 2_500,
        "words and words " * 2_000,
        "行です\n" * 7_000,
    ],
    ids=["letters", "clauses", "words", "lines"],
)
def test_a_long_stretch_is_many_nodes(
    kind: NodeParserSettings, longest: dict[str, int], text: str
) -> None:
    smallest = list(check(kind, longest, Document(text=text)).values())[-1]
    assert len(smallest) > 40


@every_kind
def test_ids_follow_from_source_and_place(
    kind: NodeParserSettings, longest: dict[str, int]
) -> None:
    del longest
    once, again, elsewhere = (
        {node.node_id for node in parse(kind, make_document("一つ。二つ。", source, []))}
        for source in ("a.md", "a.md", "b.md")
    )
    assert once == again
    assert not once & elsewhere


@cache
def read(folder: Path) -> list[Document]:
    outcomes = list(read_all(find_files([folder]).files, FileReaderSettings()))
    assert all(isinstance(outcome, ReadResult) for outcome in outcomes)
    return [outcome.document for outcome in outcomes if isinstance(outcome, ReadResult)]


def with_and_without_sections(folder: Path) -> Iterator[Document]:
    for document in read(folder):
        yield document
        yield Document(text=document.text, metadata={"source": document.metadata["source"]})


@every_kind
def test_nodes_of_the_sample(kind: NodeParserSettings, longest: dict[str, int]) -> None:
    for document in with_and_without_sections(SAMPLES):
        smallest = list(check(kind, longest, document).values())[-1]
        assert len(smallest) > len(document.text) / 600


@pytest.mark.corpora
@every_kind
def test_nodes_of_real_documents(kind: NodeParserSettings, longest: dict[str, int]) -> None:
    if not CORPORA.is_dir():
        pytest.skip("../shared/corpora is absent")
    assert any(document_sections(document) for document in read(CORPORA))
    for document in with_and_without_sections(CORPORA):
        smallest = list(check(kind, longest, document).values())[-1]
        assert len(smallest) > len(document.text) / 600


def test_every_kind_of_the_menu_is_here_and_has_its_own_identity() -> None:
    union = NodeParserSettings.__origin__  # type: ignore[attr-defined]
    menu: set[type[ComponentSettings]] = set(union.__args__)
    assert menu == {type(kind) for kind, _ in KINDS}
    assert len({kind.fingerprint() for kind, _ in KINDS}) == len(KINDS)
