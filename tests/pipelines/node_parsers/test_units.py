from __future__ import annotations

from pipelines.document import Section
from pipelines.node_parsers.blocks import Block
from pipelines.node_parsers.units import block_units, sentence_units


def units(text: str, max_chars: int = 100, turns: tuple[Section, ...] = ()) -> list[str]:
    spans = sentence_units(text, Block(0, len(text), {}, turns), max_chars)
    return [text[start:end] for start, end in spans]


def test_sentences_are_units() -> None:
    assert units("一つ。二つ。") == ["一つ。", "二つ。"]


def test_spans_count_from_the_document_not_the_block() -> None:
    text = "前の章。一つ。二つ。"
    assert sentence_units(text, Block(4, len(text), {}), 100) == [(4, 7), (7, 10)]


def test_a_heading_stays_with_what_follows() -> None:
    assert units("# 章\n## 節\n本文。次。") == ["# 章\n## 節\n本文。", "次。"]


def test_lines_of_signs_stay_with_a_neighbour() -> None:
    assert units("---\n本文。\n---\n") == ["---\n本文。\n---"]


def test_nothing_is_joined_beyond_the_length() -> None:
    assert units("# 見出しです\n長い本文です。", max_chars=10) == ["# 見出しです", "長い本文です。"]


def test_a_turns_header_stays_with_its_first_sentence() -> None:
    text = "前。\n🎤 S_0 [0s - 3s]\nはい。次。"
    turn = Section(3, len(text), {"speaker": "S_0"})
    assert units(text, turns=(Section(0, 3, {"speaker": "S_1"}), turn)) == [
        "前。",
        "🎤 S_0 [0s - 3s]\nはい。",
        "次。",
    ]


def test_a_header_outside_of_the_turn_stays_with_it_too() -> None:
    text = "S_0 00:00\nはい。次。"
    turn = Section(10, len(text), {"speaker": "太郎"})
    assert units(text, turns=(turn,)) == ["S_0 00:00\nはい。", "次。"]


def test_a_speaker_named_in_a_sentence_is_no_header() -> None:
    text = "こんにちは。太郎です。よろしく。"
    turn = Section(0, len(text), {"speaker": "太郎"})
    assert units(text, turns=(turn,)) == ["こんにちは。", "太郎です。", "よろしく。"]


def test_a_header_and_a_long_sentence_may_have_room_of_their_own() -> None:
    text = "# 見出しです\n長い本文です。次の文。"
    spans = sentence_units(text, Block(0, len(text), {}), 10, joined_chars=20)
    assert [text[start:end] for start, end in spans] == ["# 見出しです\n長い本文です。", "次の文。"]


def test_no_unit_of_a_block_reaches_beyond_a_turn() -> None:
    text = "はい\n---\nいえ\n"
    turns = Section(0, 3, {"speaker": "A"}), Section(3, len(text), {"speaker": "B"})
    block = Block(0, len(text), {}, turns)
    assert [text[start:end] for start, end in sentence_units(text, block, 20)] == [
        "はい\n---",
        "いえ",
    ]
    assert [text[start:end] for start, end in block_units(text, block, 20, 20)] == [
        "はい",
        "---\nいえ",
    ]
