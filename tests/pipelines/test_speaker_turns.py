from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode

from pipelines.document import Section, document_sections, make_document, span
from pipelines.japanese.sentences import split_sentences
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.postprocessors.joined_spans import union
from pipelines.speaker_turns import TURNS_KEY, Turn, part_metadata, said, turns_of
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

SAMPLE = Path(__file__).parents[2] / "samples" / "lecture"
A = Turn(10, 20, "A", 100.0, 110.0)
B = Turn(30, 50, "B", 200.0, 300.0)


def node(start: int, end: int, **metadata: Any) -> TextNode:
    return TextNode(
        text="あ" * (end - start),
        start_char_idx=start,
        end_char_idx=end,
        metadata={"source": "a.md", **metadata},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id="d")},
    )


@pytest.mark.parametrize(("position", "second"), [(0, 100), (10, 100), (13, 103), (99, 110)])
def test_seconds_are_interpolated_inside_of_a_turn(position: int, second: float) -> None:
    assert A.second(position) == second


def test_a_turn_without_times_has_no_seconds() -> None:
    assert Turn(0, 4, "A", None, None).second(2) is None
    assert said([Turn(0, 4, "A", None, None)], 0, 4) == {"speaker": "A"}


def test_a_text_in_one_turn_needs_no_list() -> None:
    assert said([A], 12, 20) == {"speaker": "A", "t_start": 102, "t_end": 110}
    assert said([], 12, 20) == {}


def test_a_text_of_several_turns_or_with_the_line_above_one_keeps_them() -> None:
    assert said([A, B], 10, 40) == {
        "speaker": "A, B",
        "t_start": 100,
        "t_end": 250,
        TURNS_KEY: [list(A), list(B)],
    }
    assert said([A], 5, 15)[TURNS_KEY] == [list(A)]


def test_a_part_has_the_speaker_and_the_times_of_its_own_turn() -> None:
    whole = node(10, 50, heading="h", **said([A, B], 10, 50))
    # Characters 30 to 34 of the document, where B speaks 5 seconds a character.
    assert part_metadata(whole, 20, 24) == {
        "source": "a.md",
        "heading": "h",
        "speaker": "B",
        "t_start": 200,
        "t_end": 220,
    }
    both = part_metadata(whole, 8, 22)
    assert (both["speaker"], both["t_start"], both["t_end"]) == ("A, B", 108, 210)
    assert both[TURNS_KEY] == [list(A), list(B)]


def test_a_part_in_no_turn_belongs_to_the_next_one() -> None:
    whole = node(0, 60, **said([A, B], 0, 60))
    above = part_metadata(whole, 2, 8)
    assert (above["speaker"], above["t_start"], above["t_end"]) == ("A", 100, 100)
    between = part_metadata(whole, 22, 28)
    assert (between["speaker"], between["t_start"], between["t_end"]) == ("B", 200, 200)
    behind = part_metadata(whole, 52, 58)
    assert (behind["speaker"], behind["t_start"], behind["t_end"]) == ("B", 300, 300)


def test_a_node_that_keeps_no_turns_is_one() -> None:
    plain = node(10, 20, speaker="A", t_start=100.0, t_end=110.0)
    assert turns_of(plain) == [A]
    part = part_metadata(plain, 2, 4)
    assert (part["t_start"], part["t_end"]) == (102, 104)
    assert turns_of(node(0, 4)) == []
    assert part_metadata(node(0, 4), 1, 2) == {"source": "a.md"}


def test_joined_nodes_keep_the_turns_of_both() -> None:
    first = node(10, 20, speaker="A", t_start=100.0, t_end=110.0)
    second = node(15, 50, **said([A, B], 15, 50))
    joined = union(first, second, best=second)
    assert joined.metadata["speaker"] == "A, B"
    assert part_metadata(joined, 2, 4)["speaker"] == "A"
    part = part_metadata(joined, 20, 40)
    assert (part["speaker"], part["t_start"], part["t_end"]) == ("B", 200, 300)


def test_nodes_of_one_turn_that_overlap_end_where_the_longer_one_does() -> None:
    longer = node(10, 20, speaker="A", t_start=100.0, t_end=110.0)
    inner = node(12, 16, speaker="A", t_start=102.0, t_end=106.0)
    part = part_metadata(union(longer, inner, best=inner), 3, 9)
    assert (part["t_start"], part["t_end"]) == (103, 109)


def test_a_window_has_its_own_turns() -> None:
    text = "はい。そうです。では。"
    turns = [(0, 3, "A", 0.0), (3, 8, "B", 10.0), (8, 11, "C", 20.0)]
    sections = [
        Section(start, end, {"recording": "R", "speaker": who, "t_start": at, "t_end": at + 5})
        for start, end, who, at in turns
    ]
    parser = SentenceWindowParserSettings(before=1, after=0).build()
    nodes = parser.get_nodes_from_documents([make_document(text, "a.md", sections)])
    assert TURNS_KEY not in nodes[1].metadata
    window = nodes[1].metadata["window_speaker_turns"]
    assert [Turn(*turn).speaker for turn in window] == ["A", "B"]


def test_sentences_of_the_sample_lecture_have_their_turns_speaker_and_a_time_in_it() -> None:
    """Every sentence of every node, against the turns as the file has them."""
    (read,) = read_all(find_files([SAMPLE / "lecture.md"]).files, FileReaderSettings())
    assert isinstance(read, ReadResult)
    document = read.document
    turns = [s for s in document_sections(document) if "t_start" in s.metadata]
    parser = SentenceParserSettings().build()
    seen = 0
    for found in parser.get_nodes_from_documents([document]):
        begin, _ = span(found)
        for start, end in split_sentences(found.get_content()):
            own = [
                turn
                for turn in turns
                if turn.start_char < begin + end and begin + start < turn.end_char
            ]
            if len(own) != 1:
                continue
            seen += 1
            part = part_metadata(found, start, end)
            assert part["speaker"] == own[0].metadata["speaker"]
            assert own[0].metadata["t_start"] <= part["t_start"] + 0.01
            assert part["t_end"] <= own[0].metadata["t_end"] + 0.01
    assert seen > 100
