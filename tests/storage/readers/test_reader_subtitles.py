"""Subtitles: what is said, when and by whom; everything odd is named by its line."""

from __future__ import annotations

from typing import Any

import pytest

from storage.readers.parsed import Parsed, ParseOptions
from storage.readers.subtitles import parse


def read(text: str | bytes) -> Parsed:
    return parse(text if isinstance(text, bytes) else text.encode(), ParseOptions(".srt"))


def said(parsed: Parsed) -> list[tuple[str, dict[str, Any]]]:
    return [(parsed.text[start:end], metadata) for start, end, metadata in parsed.sections]


def test_subrip_with_a_mark_windows_lines_tags_and_entities() -> None:
    parsed = read(
        "\ufeff1\r\n00:00:01,000 --> 00:00:03,500\r\n<i>では、強化学習の</i>\r\n\r\n"
        "2\r\n00:00:03,500 --> 00:00:05,000\r\n{\\an8}話を始めます。A&amp;B\r\n"
    )
    assert parsed.text == "では、強化学習の話を始めます。A&B"
    assert said(parsed) == [
        ("では、強化学習の", {"t_start": 1.0, "t_end": 3.5}),
        ("話を始めます。A&B", {"t_start": 3.5, "t_end": 5.0}),
    ]
    assert parsed.warnings == []


def test_webvtt_without_its_styles_notes_settings_and_names() -> None:
    parsed = read(
        "WEBVTT - 講義\nKind: captions\n\nSTYLE\n::cue { color: red }\n\n"
        "NOTE 注釈\n00:09.000 --> x\n\n"
        "intro\n00:01.000 --> 00:04.000 align:start position:0%\n"
        "<v 山田 太郎>Hello <c.y>world</c></v>\n\n"
        "00:04.500 --> 01:00:06.000\n<v 佐藤>And <00:00:05.000>more\n"
    )
    assert parsed.text == "Hello world\n\nAnd more"
    assert said(parsed) == [
        ("Hello world", {"t_start": 1.0, "t_end": 4.0, "speaker": "山田 太郎"}),
        ("And more", {"t_start": 4.5, "t_end": 3606.0, "speaker": "佐藤"}),
    ]
    assert parsed.warnings == []


def test_a_pause_begins_a_line_and_a_speaker_a_paragraph() -> None:
    parsed = read(
        "00:01.000 --> 00:02.000\nSPEAKER_00: はじめに\n\n"
        "00:02.500 --> 00:03.000\nSPEAKER_00: 続き\n\n"
        "00:04.000 --> 00:05.000\nSPEAKER_00: 次の文\n\n00:05.000 --> 00:06.000\n[山田]: 質問です\n"
    )
    assert parsed.text == "はじめに続き\n次の文\n\n質問です"
    assert [m["speaker"] for _, m in said(parsed)] == ["SPEAKER_00"] * 3 + ["山田"]


def test_what_a_rolling_caption_repeats_stands_once_and_what_is_said_twice_twice() -> None:
    rolling = read(
        "WEBVTT\n\n00:00.000 --> 00:02.000\none two\n\n00:02.000 --> 00:02.010\none two\n\n"
        "00:02.010 --> 00:04.000\none two\nthree four\n\n00:04.000 --> 00:04.010\nthree four\n"
    )
    assert rolling.text == "one two three four"
    twice = read("00:00.000 --> 00:01.000\nはい。\n\n00:01.000 --> 00:02.000\nはい。\n")
    assert twice.text == "はい。はい。"


def test_cues_out_of_order_backward_empty_or_with_broken_times_are_named_by_line() -> None:
    parsed = read(
        "1\n00:00:05,000 --> 00:00:06,000\n二\n\n2\n00:00:01,000 --> 00:00:02,000\n一\n\n"
        "3\n00:00:08,000 --> 00:00:07,000\n三\n\n4\n00:00:09,000 --> 00:00:09,500\n\n"
        "5\n00:00:1x --> 00:00:12,000\n四\n"
    )
    assert parsed.text.split() == ["一", "二", "三", "四"]
    assert said(parsed)[2:] == [
        ("三", {"t_start": 8.0, "t_end": 8.0}),
        ("四", {"t_start": 9.5, "t_end": 9.5}),
    ]
    assert [warning.split(":")[0] for warning in parsed.warnings] == [
        "line 17", "line 6", "line 10", "line 14",
    ]  # fmt: skip


def test_two_who_speak_at_once_both_keep_their_times() -> None:
    parsed = read("00:01.000 --> 00:05.000\n<v A>one\n\n00:02.000 --> 00:03.000\n<v B>two\n")
    assert [(m["t_start"], m["t_end"]) for _, m in said(parsed)] == [(1.0, 5.0), (2.0, 3.0)]


def test_ten_hours_are_read_whole() -> None:
    cues = [
        f"{n}\n{n // 360:02d}:{n // 6 % 60:02d}:{n % 6 * 10:02d},000 --> "
        f"{n // 360:02d}:{n // 6 % 60:02d}:{n % 6 * 10 + 9:02d},000\n第{n}文です。\n"
        for n in range(3600)
    ]
    parsed = read("\n".join(cues))
    assert len(parsed.sections) == 3600
    assert said(parsed)[-1] == ("第3599文です。", {"t_start": 35990.0, "t_end": 35999.0})


def test_a_number_without_an_empty_line_before_it_is_not_said() -> None:
    parsed = read("1\n00:01,000 --> 00:02,000\n一\n2\n00:02,000 --> 00:03,000\n二\n")
    assert parsed.text == "一二"


def test_a_file_without_a_cue_is_text() -> None:
    parsed = read("字幕のない、ただの文章です。\n")
    assert (parsed.text, parsed.sections) == ("字幕のない、ただの文章です。\n", [])
    assert parsed.warnings[0].startswith("no cue is in it")


@pytest.mark.parametrize("encoding", ["cp932", "utf-16", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    text = "1\r\n00:00:01,000 --> 00:00:02,000\r\n字幕を確かめるための文章です。\r\n"
    assert read(text.encode(encoding)).text == "字幕を確かめるための文章です。"
