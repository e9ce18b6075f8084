from __future__ import annotations

from llama_index.core.schema import Document

from pipelines.document import Section, make_document
from pipelines.node_parsers.paragraph import ParagraphParserSettings


def texts(text: str, *sections: Section, **settings: int) -> list[str]:
    document = make_document(text, "a.md", list(sections)) if sections else Document(text=text)
    parser = ParagraphParserSettings(**{"min_chars": 0, "sentence_chars": 20, **settings}).build()
    return [node.get_content() for node in parser([document])]


def turn(text: str, said: str, speaker: str) -> Section:
    start = text.index(said)
    return Section(start, start + len(said), {"recording": "R", "speaker": speaker})


def test_blank_lines_part_paragraphs_and_line_ends_inside_do_not() -> None:
    assert texts("一つ目。\n続き。\n\n二つ目。\n \t\n三つ目。") == [
        "一つ目。\n続き。",
        "二つ目。",
        "三つ目。",
    ]


def test_lines_are_paragraphs_where_no_line_is_blank() -> None:
    assert texts("一つ目。続き。\n二つ目。\n") == ["一つ目。続き。", "二つ目。"]


def test_each_section_is_judged_alone() -> None:
    text = "一。\n二。\n\n三。\n四。\n五。\n"
    sections = [Section(0, 10, {"heading": "前"}), Section(10, 16, {"heading": "後"})]
    assert texts(text, *sections) == ["一。\n二。", "三。", "四。", "五。"]


def test_blank_lines_in_code_part_nothing() -> None:
    code = "```python\nx = 1\n\ny = 2\n```"
    assert texts(f"前文。\n\n{code}\n\n後文。", sentence_chars=60) == ["前文。", code, "後文。"]


def test_a_long_paragraph_is_cut_at_sentence_ends_into_equal_parts() -> None:
    # Six sentences of 5 in at most 20 characters: 15 and 15, not 20 and 10.
    assert texts("川に行く。" * 6, max_chars=20) == ["川に行く。" * 3] * 2


def test_short_paragraphs_join_the_shorter_neighbour() -> None:
    long, middle = "長い段落がここにある。", "中くらいの段落。"
    assert texts(f"{long}\n\n短。\n\n{middle}", min_chars=5) == [long, f"短。\n\n{middle}"]
    assert texts(f"{middle}\n\n短。\n\n{long}", min_chars=5) == [f"{middle}\n\n短。", long]


def test_short_paragraphs_stay_where_no_neighbour_has_room() -> None:
    full = "二十文字の段落がここにあるのであります。"
    assert len(full) == 20
    assert texts(f"{full}\n\n短。\n\n{full}", min_chars=5, max_chars=20) == [full, "短。", full]


def test_turns_are_the_paragraphs_of_a_transcript() -> None:
    text = "A [0s]\n一つ。\n\n二つ。\nB [9s]\n三つ。\n"
    turns = turn(text, "一つ。\n\n二つ。", "A"), turn(text, "三つ。", "B")
    assert texts(text, *turns) == ["A [0s]\n一つ。\n\n二つ。", "B [9s]\n三つ。"]


def test_a_short_turn_joins_its_own_speaker() -> None:
    text = "長く話しています。はい。短めです。"
    turns = (
        turn(text, "長く話しています。", "A"),
        turn(text, "はい。", "A"),
        turn(text, "短めです。", "B"),
    )
    assert texts(text, *turns, min_chars=5) == ["長く話しています。はい。", "短めです。"]
    turns = (
        turn(text, "長く話しています。", "B"),
        turn(text, "はい。", "A"),
        turn(text, "短めです。", "B"),
    )
    assert texts(text, *turns, min_chars=5) == ["長く話しています。", "はい。短めです。"]
