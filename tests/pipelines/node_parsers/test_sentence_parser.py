from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import Document, MetadataMode, NodeRelationship
from pydantic import BaseModel, ValidationError

from pipelines.document import Section, make_document, span
from pipelines.node_parsers.sentence import SentenceParserSettings, pack
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.node_parsers.settings import NodeParserSettings

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"
EVERY_KIND = [
    SentenceParserSettings(),
    SentenceParserSettings(max_chars=0),
    SentenceParserSettings(max_chars=120, overlap_sentences=2),
    SentenceWindowParserSettings(),
]


class Config(BaseModel):
    parser: NodeParserSettings


def test_whole_sentences_are_packed_up_to_the_length() -> None:
    # Three sentences of 5 characters: two nodes at most 10 long, of about equal length.
    nodes = SentenceParserSettings(max_chars=10).build()([Document(text="一二三四。" * 3)])
    assert [node.get_content() for node in nodes] == ["一二三四。一二三四。", "一二三四。"]


def test_zero_gives_a_sentence_a_node() -> None:
    nodes = SentenceParserSettings(max_chars=0).build()([Document(text="一つ。二つ。三つ。")])
    assert [node.get_content() for node in nodes] == ["一つ。", "二つ。", "三つ。"]


def test_repeated_sentences_keep_their_own_places() -> None:
    nodes = SentenceParserSettings(max_chars=0).build()([Document(text="はい。で。はい。で。")])
    assert [span(node) for node in nodes] == [(0, 3), (3, 5), (5, 8), (8, 10)]


def test_nodes_carry_their_sections_metadata_and_embed_only_the_context() -> None:
    text = "# 章\n本文です。"
    document = make_document(text, "004_ff7f.txt", [Section(0, len(text), {"heading": "章"})])
    (node,) = SentenceParserSettings().build()([document])
    assert node.metadata == {"source": "004_ff7f.txt", "heading": "章"}
    assert node.get_content(MetadataMode.EMBED) == "章\n# 章\n本文です。"
    assert node.get_content() == text
    plain = SentenceParserSettings(embed_metadata=()).build()([document])
    assert plain[0].get_content(MetadataMode.EMBED) == text


def test_short_turns_share_a_node_and_other_recordings_do_not() -> None:
    text = "はい。そうです。別の話。"
    sections = [
        Section(0, 3, {"recording": "R", "speaker": "A", "t_start": 0, "t_end": 1}),
        Section(3, 8, {"recording": "R", "speaker": "B", "t_start": 1, "t_end": 3}),
        Section(8, 12, {"recording": "S", "speaker": "A", "t_start": 0, "t_end": 2}),
    ]
    nodes = SentenceParserSettings().build()([make_document(text, "t.md", sections)])
    assert [node.get_content() for node in nodes] == ["はい。そうです。", "別の話。"]
    assert nodes[0].metadata["speaker"] == "A, B"
    assert (nodes[0].metadata["t_start"], nodes[0].metadata["t_end"]) == (0, 3)


def test_ids_follow_from_source_and_span_and_relations_are_light() -> None:
    document = make_document("一つ。二つ。", "a.md", [])
    again = make_document("一つ。二つ。", "a.md", [])
    elsewhere = make_document("一つ。二つ。", "b.md", [])
    parser = SentenceParserSettings(max_chars=0).build()
    first, second = parser([document])
    assert [first.node_id, second.node_id] == [node.node_id for node in parser([again])]
    assert first.node_id not in {node.node_id for node in parser([elsewhere])}
    assert first.ref_doc_id == document.node_id
    assert first.next_node is not None
    assert first.next_node.node_id == second.node_id
    assert second.prev_node is not None
    assert second.prev_node.node_id == first.node_id
    assert NodeRelationship.PREVIOUS not in first.relationships
    assert first.source_node is not None
    assert first.source_node.metadata == {}


def test_several_documents_are_not_linked_to_each_other() -> None:
    parser = SentenceParserSettings(max_chars=0).build()
    nodes = parser([Document(text="一つ。"), Document(text="二つ。")])
    assert nodes[0].next_node is None
    assert nodes[1].prev_node is None


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_document_gives_no_node(text: str) -> None:
    for kind in EVERY_KIND:
        assert kind.build()([Document(text=text)]) == []


def test_overlap_repeats_the_last_units_where_room_is_left() -> None:
    units = [(0, 4), (4, 8), (8, 12), (12, 16)]
    assert list(pack(units, 8, 0)) == [(0, 8), (8, 16)]
    assert list(pack(units, 8, 1)) == [(0, 8), (4, 12), (8, 16)]
    assert list(pack(units, 4, 3)) == units, "no room for an overlap"


def test_the_last_node_is_not_a_scrap() -> None:
    # 110 characters in nodes of at most 100: two of about 55, not 100 and 10.
    units = [(i * 10, i * 10 + 10) for i in range(11)]
    assert list(pack(units, 100, 0)) == [(0, 60), (60, 110)]


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 30), max_size=40),
    gaps=st.lists(st.integers(0, 5), min_size=40, max_size=40),
    max_chars=st.integers(30, 90),
    overlap=st.integers(0, 3),
)
def test_packing_keeps_every_unit_and_the_length(
    lengths: list[int], gaps: list[int], max_chars: int, overlap: int
) -> None:
    units: list[tuple[int, int]] = []
    for length, gap in zip(lengths, gaps, strict=False):
        start = units[-1][1] + gap if units else gap
        units.append((start, start + length))
    packed = list(pack(units, max_chars, overlap))
    assert all(end - start <= max_chars for start, end in packed)
    assert all(any(s <= a and b <= e for s, e in packed) for a, b in units)
    assert {start for start, _ in packed} <= {start for start, _ in units}
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(packed))
    if not overlap:
        assert all(a[1] <= b[0] for a, b in pairwise(packed))


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: f"{kind.kind}")
@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="あい。 \n#ab.「」|`-", max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=6),
    turns=st.booleans(),
)
def test_nodes_are_exact_slices_that_lose_nothing(
    kind: SentenceParserSettings, text: str, cuts: list[int], turns: bool
) -> None:
    edges = sorted({min(cut, len(text)) for cut in cuts})
    metadata = (
        {"recording": "R", "speaker": "A", "t_start": 0.0, "t_end": 9.0}
        if turns
        else {"heading": "章"}
    )
    sections = [Section(a, b, dict(metadata)) for a, b in list(pairwise(edges))[::2]]
    nodes = kind.build()([make_document(text, "a.md", sections)])
    covered = set()
    for node in nodes:
        start, end = span(node)
        assert node.get_content() == text[start:end]
        assert node.get_content().strip()
        covered.update(range(start, end))
    assert all(i in covered for i, letter in enumerate(text) if not letter.isspace())
    starts = [span(node)[0] for node in nodes]
    assert starts == sorted(starts)
    assert len({node.node_id for node in nodes}) == len(nodes)


@pytest.mark.corpora
@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: f"{kind.kind}")
def test_no_real_document_is_one_node_and_no_text_is_lost(kind: SentenceParserSettings) -> None:
    if not CORPORA.is_dir():
        pytest.skip("../shared/corpora is absent")
    for path in CORPORA.iterdir():
        text = path.read_bytes().decode("utf-8")
        nodes = kind.build()([Document(text=text)])
        assert len(nodes) > len(text) / 500
        reached = 0
        for node in nodes:
            start, end = span(node)
            assert node.get_content() == text[start:end]
            assert text[reached:start].strip() == ""
            assert end - start <= 400
            reached = max(reached, end)
        assert text[reached:].strip() == ""


def test_settings_are_a_union_by_kind_and_have_an_identity() -> None:
    config = Config.model_validate({"parser": {"kind": "sentence_window", "before": 1}})
    assert config.parser == SentenceWindowParserSettings(before=1)
    with pytest.raises(ValidationError):
        Config.model_validate({"parser": {"kind": "sentence", "chunk_size": 100}})
    fingerprints = {kind.fingerprint() for kind in EVERY_KIND}
    assert len(fingerprints) == len(EVERY_KIND)
