from __future__ import annotations

import pytest
from llama_index.core.schema import Document, MetadataMode, NodeRelationship
from pydantic import BaseModel, ValidationError

from pipelines.document import Section, make_document, span
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.node_parsers.settings import NodeParserSettings

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


def test_settings_are_a_union_by_kind_and_have_an_identity() -> None:
    config = Config.model_validate({"parser": {"kind": "sentence_window", "before": 1}})
    assert config.parser == SentenceWindowParserSettings(before=1)
    with pytest.raises(ValidationError):
        Config.model_validate({"parser": {"kind": "sentence", "chunk_size": 100}})
    fingerprints = {kind.fingerprint() for kind in EVERY_KIND}
    assert len(fingerprints) == len(EVERY_KIND)
