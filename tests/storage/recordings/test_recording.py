"""Recordings of a document: which there are, their letters, times and speakers."""

from __future__ import annotations

import pytest

from pipelines.document import Section
from storage.readers.transcript import transcript_sections
from storage.recordings.recording import recordings_of

TEXT = """## 📝 朝の講義 - a1b2c3d4
**記録時間**: 2026-04-01 10:00:00

🎤 A [0s - 10s]
ＧＰＴの話です。次に進む。

🎤 B [10s - 20s]
はい。

## 📝 夜の講義 - e5f6a7b8

🎤 A [0s - 4s]
堰の話。
"""


def sections(text: str) -> list[Section]:
    return [Section(*section) for section in transcript_sections(text)[0]]


def test_each_recording_has_its_turns_and_not_its_header() -> None:
    first, second = recordings_of(TEXT, sections(TEXT))
    assert [first.name, second.name] == ["a1b2c3d4", "e5f6a7b8"]
    assert [first.title, second.title] == ["朝の講義", "夜の講義"]
    assert first.letters.text == "gptの話です次に進むはい"
    assert [TEXT[place] for place in first.letters.places] == list("ＧＰＴの話です次に進むはい")
    assert second.letters.text == "堰の話"


def test_spans_of_letters_take_the_marks_behind_them() -> None:
    first, _ = recordings_of(TEXT, sections(TEXT))
    start, end = first.span_of(0, 7)
    assert TEXT[start:end] == "ＧＰＴの話です。"
    assert first.letters.range_of(start, end) == (0, 7)


def test_times_are_interpolated_in_turns_and_speakers_named() -> None:
    first, _ = recordings_of(TEXT, sections(TEXT))
    start = TEXT.index("次に")
    end = TEXT.index("はい。") + 3
    # ＧＰＴの話です。 are 8 of the turn's 13 characters.
    assert first.times(start, end) == pytest.approx((10 * 8 / 13, 20))
    assert first.speakers(start, end) == ["A", "B"]
    assert first.spoken(start, end) == "次に進む。 はい。"
    with pytest.raises(ValueError, match="nothing is said"):
        first.times(0, 3)


def test_sentences_end_with_their_turn() -> None:
    first, _ = recordings_of(TEXT, sections(TEXT))
    assert [TEXT[slice(*span)] for span in first.sentences] == [
        "ＧＰＴの話です。",
        "次に進む。",
        "はい。",
    ]


def test_a_header_divides_recordings_of_one_title() -> None:
    text = "0123456789"
    named = {"recording": "会議"}
    found = recordings_of(
        text,
        [
            Section(0, 2, {**named, "t_start": 0.0, "t_end": 1.0}),
            Section(2, 4, {**named, "t_start": 1.0, "t_end": 2.0}),
            Section(4, 6, named),
            Section(6, 8, {**named, "t_start": 0.0, "t_end": 1.0}),
        ],
    )
    assert [len(one.sections) for one in found] == [2, 1]


def test_subtitles_are_one_recording_and_plain_text_none() -> None:
    cues = [Section(i, i + 1, {"t_start": float(i), "t_end": i + 1.0}) for i in range(3)]
    (only,) = recordings_of("abc", cues)
    assert only.name == "1"
    assert recordings_of("abc", [Section(0, 3, {"heading": "x"})]) == []
