"""Nodes know the other readings of their words, and nothing else about them changes."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import MetadataMode

from pipelines.also_heard import ALSO_HEARD_KEY, other_readings, readings_label
from pipelines.config import load_config
from pipelines.indexing import collection_identity, ingest_paths
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.parts import Parts
from pipelines.rag import RagPipeline
from storage.recordings.overlap_parser import OverlapParser
from tests.storage.recordings.overlapping_transcripts import (
    OTHERWISE,
    SAID,
    overlapping,
    transcript,
)

PARSER = SentenceParserSettings(max_chars=0)


def test_nodes_of_both_recordings_point_to_each_other() -> None:
    document = overlapping()
    plain = PARSER.build(Parts()).get_nodes_from_documents([document])
    nodes = OverlapParser(PARSER.build(Parts())).get_nodes_from_documents([document])
    assert [n.node_id for n in nodes] == [n.node_id for n in plain]
    assert [n.get_content(MetadataMode.EMBED) for n in nodes] == [
        n.get_content(MetadataMode.EMBED) for n in plain
    ]
    assert [n.get_content(MetadataMode.LLM) for n in nodes] == [
        n.get_content(MetadataMode.LLM) for n in plain
    ]
    heard = {}
    for node in nodes:
        for one in other_readings(node.metadata):
            text = document.text[one.start_char : one.end_char]
            said = node.get_content(MetadataMode.NONE).strip().rpartition("\n")[2]
            heard[said] = (one.recording, text, one.better)
    assert heard[SAID[4]] == ("e5f6a7b8", OTHERWISE[4], False)
    assert heard[OTHERWISE[4]] == ("a1b2c3d4", SAID[4], True)
    assert not {SAID[0], SAID[1], *SAID[9:]} & set(heard), "heard once"
    assert len(heard) == 10, "seven sentences, three of them in two readings"


def test_times_of_the_other_recording_are_given() -> None:
    document = overlapping()
    nodes = OverlapParser(PARSER.build(Parts())).get_nodes_from_documents([document])
    node = next(n for n in nodes if OTHERWISE[2] in n.get_content(MetadataMode.NONE))
    (one,) = other_readings(node.metadata)
    # The last of three sentences of a turn of 30 seconds.
    begin = 30 * len(SAID[0] + SAID[1]) / len("".join(SAID[:3]))
    assert (one.t_start, one.t_end) == (round(begin, 2), 30)
    assert readings_label(node.metadata) == f"lecture.md [00:{int(begin)}–00:30] (better)"
    assert readings_label({}) == ""


def test_without_another_recording_nothing_is_marked() -> None:
    document = transcript(("一", "a1b2c3d4", [("A", 0, 90, "".join(SAID))]))
    nodes = OverlapParser(PARSER.build(Parts())).get_nodes_from_documents([document])
    assert not any(ALSO_HEARD_KEY in node.metadata for node in nodes)


def test_collections_with_and_without_marks_are_told_apart(tmp_path: Path) -> None:
    marked = collection_identity(load_config(), tmp_path).parser
    ignored = collection_identity(load_config(None, ["overlaps=ignore"]), tmp_path).parser
    assert marked.description == "sentence"
    assert ignored.description == "sentence, overlaps not marked"
    assert marked.fingerprint != ignored.fingerprint


def test_what_was_heard_twice_is_found_once_in_its_better_reading(tmp_path: Path) -> None:
    lecture = tmp_path / "lecture.md"
    lecture.write_text(overlapping().text, encoding="utf-8")
    home = tmp_path / "home"
    parts = ["retriever={kind: bm25}", "node_parser.max_chars=0"]
    plain = load_config(None, [*parts, "postprocessors=[]"])
    ingest_paths(plain, home, [lecture])
    asked = "川底の型が変わりました"
    with RagPipeline.open(plain, home) as pipeline:
        found = [
            hit.node.get_content(MetadataMode.NONE) for hit in pipeline.search(asked).retrieved
        ]
    assert {SAID[7], OTHERWISE[7]} <= set(found), "both, without deduplicate"
    once = load_config(None, [*parts, "postprocessors=[{kind: deduplicate}]"])
    with RagPipeline.open(once, home) as pipeline:
        (_, kept), *_ = pipeline.search(asked).stages
    texts = [hit.node.get_content(MetadataMode.NONE) for hit in kept]
    assert texts[0] == SAID[7]
    assert OTHERWISE[7] not in texts
    (other,) = other_readings(kept[0].node.metadata)
    assert overlapping().text[other.start_char : other.end_char] == OTHERWISE[7]
