"""A document in stretches, as the page shows it around a passage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.document import Section, make_document
from tools.server.page.turns import LONGEST_TURN, Turn, around, marked, turns

TALK = "A [0s - 10s]\nはじめます。\nB [10s - 20s]\n反対です。\n"


def test_a_transcript_shows_who_speaks_when_and_no_markup() -> None:
    first, second = TALK.index("はじめ"), TALK.index("反対")
    spoken = [
        Section(first, first + 6, {"speaker": "A", "t_start": 0, "t_end": 10, "recording": "会議"}),
        Section(second, second + 5, {"speaker": "B", "t_start": 3610, "t_end": 3620}),
    ]
    found = turns(make_document(TALK, "talk.md", spoken))
    assert found == [
        Turn(first, first + 6, "00:00–00:10", "A"),
        Turn(second, second + 5, "1:00:10–1:00:20", "B"),
    ]


def test_what_stands_between_sections_is_shown_and_places_are_named() -> None:
    text = "before\nin section\nafter\n"
    found = turns(make_document(text, "a.md", [Section(7, 17, {"heading": "工事", "page": 3})]))
    assert found == [Turn(0, 7), Turn(7, 17, heading="工事 · p.3"), Turn(17, 24)]


@given(st.text(alphabet="あい。\n x", max_size=6000))
def test_no_text_is_lost_and_no_stretch_is_long(text: str) -> None:
    found = turns(make_document(text, "a.txt", []))
    assert all(0 < turn.end_char - turn.start_char <= LONGEST_TURN for turn in found)
    shown = "".join(text[turn.start_char : turn.end_char] for turn in found)
    assert "".join(shown.split()) == "".join(text.split())
    ends = [turn.end_char for turn in found]
    assert all(end <= turn.start_char for end, turn in zip(ends, found[1:], strict=False))


def test_the_stretches_around_a_span() -> None:
    stretches = [Turn(n * 10, n * 10 + 10) for n in range(10)]
    assert around(stretches, 42, 45, 2) == (2, 7)
    assert around(stretches, 48, 55, 1) == (3, 7), "it crosses a border"
    assert around(stretches, 0, 5, 3) == (0, 4)
    assert around(stretches, 95, 100, 30) == (0, 10)
    assert around(stretches, 200, 210, 3) == (0, 0)
    assert around([], 0, 5, 3) == (0, 0)


def test_a_span_is_marked_in_each_stretch_that_holds_a_part_of_it() -> None:
    text = "0123456789"
    assert marked(Turn(0, 10), text, 3, 5) == ("012", "34", "56789")
    assert marked(Turn(0, 5), text, 3, 8) == ("012", "34", "")
    assert marked(Turn(5, 10), text, 3, 8) == ("", "567", "89")
    assert marked(Turn(0, 3), text, 5, 8) == ("012", "", "")
    assert marked(Turn(8, 10), text, 3, 5) == ("", "", "89")
