from __future__ import annotations

from llama_index.core.schema import Document

from pipelines.document import Section, make_document
from pipelines.node_parsers.blocks import document_blocks


def turn(start: int, end: int, speaker: str, t_start: float, t_end: float) -> Section:
    return Section(
        start,
        end,
        {"recording": "R", "speaker": speaker, "t_start": t_start, "t_end": t_end},
    )


def test_a_plain_document_is_one_block_with_its_metadata() -> None:
    document = Document(text="本文です。", metadata={"author": "A"})
    (block,) = document_blocks(document)
    assert (block.start, block.end, block.metadata) == (0, 5, {"author": "A"})


def test_an_empty_document_has_no_block() -> None:
    assert document_blocks(Document(text=" \n")) == []


def test_each_heading_is_a_block_and_text_between_sections_too() -> None:
    text = "前書き。一章。間の文。二章。後書き。"
    document = make_document(
        text, "a.md", [Section(4, 7, {"heading": "一"}), Section(11, 14, {"heading": "二"})]
    )
    blocks = document_blocks(document)
    assert [text[b.start : b.end] for b in blocks] == [
        "前書き。",
        "一章。",
        "間の文。",
        "二章。",
        "後書き。",
    ]
    assert [b.metadata.get("heading") for b in blocks] == [None, "一", None, "二", None]
    assert all(b.metadata["source"] == "a.md" for b in blocks)
    assert all("sections" not in b.metadata for b in blocks)


def test_turns_of_one_recording_are_one_block_together_with_their_header_lines() -> None:
    text = "[A]\nはい。\n[B]\nそうです。\n"
    document = make_document(text, "t.md", [turn(4, 8, "A", 0, 2), turn(12, 18, "B", 2, 4)])
    (block,) = document_blocks(document)
    assert (block.start, block.end) == (0, 18)
    assert block.metadata == {"source": "t.md", "recording": "R"}
    assert len(block.turns) == 2


def test_another_recording_is_another_block() -> None:
    text = "一つ目。二つ目。"
    other = Section(4, 8, {"recording": "S", "speaker": "A", "t_start": 0, "t_end": 1})
    blocks = document_blocks(make_document(text, "t.md", [turn(0, 4, "A", 0, 2), other]))
    assert [b.metadata["recording"] for b in blocks] == ["R", "S"]


def test_a_heading_without_text_joins_the_section_nested_in_it() -> None:
    text = "# 章\n## 節\n本文。\n## 次\n本文。"
    document = make_document(
        text,
        "a.md",
        [
            Section(0, 4, {"heading": "章"}),
            Section(4, 13, {"heading": "章 > 節"}),
            Section(13, 21, {"heading": "章 > 次"}),
        ],
    )
    blocks = document_blocks(document)
    assert [text[b.start : b.end] for b in blocks] == ["# 章\n## 節\n本文。\n", "## 次\n本文。"]
    assert blocks[0].metadata["heading"] == "章 > 節"


def test_place_names_the_speakers_in_order_and_interpolates_their_times() -> None:
    # Turn A: characters 0-10 over 0-20 s, 2 s a character; B: 10-20 over 30-40 s, 1 s a character.
    text = "あ" * 20
    document = make_document(text, "t.md", [turn(0, 10, "A", 0, 20), turn(10, 20, "B", 30, 40)])
    (block,) = document_blocks(document)
    inside = block.place(2, 5)
    assert (inside["speaker"], inside["t_start"], inside["t_end"]) == ("A", 4.0, 10.0)
    across = block.place(5, 14)
    assert (across["speaker"], across["t_start"], across["t_end"]) == ("A, B", 10.0, 34.0)
    assert block.metadata == {"source": "t.md", "recording": "R"}, "place copies"


def test_turns_without_times_or_speaker_are_named_as_far_as_known() -> None:
    document = make_document("はい。", "t.md", [Section(0, 3, {"speaker": "A"})])
    (block,) = document_blocks(document)
    assert block.place(0, 3) == {"source": "t.md", "speaker": "A"}


def test_a_block_is_cut_at_the_end_of_each_turn() -> None:
    text = "[A]\nはい。\n[B]\nそうです。\n"
    document = make_document(text, "t.md", [turn(4, 7, "A", 0, 2), turn(12, 17, "B", 2, 4)])
    (block,) = document_blocks(document)
    pieces = block.by_turn()
    assert [text[p.start : p.end] for p in pieces] == ["[A]\nはい。", "\n[B]\nそうです。\n"]
    assert [[t.metadata["speaker"] for t in p.turns] for p in pieces] == [["A"], ["B"]]
    assert all(piece.metadata == block.metadata for piece in pieces)


def test_a_block_without_turns_is_one_piece() -> None:
    (block,) = document_blocks(Document(text="本文です。"))
    assert block.by_turn() == [block]


def test_turns_in_a_span_are_those_that_share_a_character_with_it() -> None:
    document = make_document("あ" * 11, "t.md", [turn(i, i + 3, str(i), 0, 1) for i in (0, 3, 8)])
    (block,) = document_blocks(document)

    def speakers(start: int, end: int) -> list[str]:
        return [t.metadata["speaker"] for t in block.turns_in(start, end)]

    assert speakers(0, 11) == ["0", "3", "8"]
    assert speakers(3, 6) == ["3"]
    assert speakers(2, 4) == ["0", "3"]
    assert speakers(6, 8) == speakers(11, 20) == []
