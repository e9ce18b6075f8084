"""Transcripts of a speech recogniser: recordings, turns, speakers and times."""

from __future__ import annotations

from typing import Any

import pytest

from storage.readers.parsed import Parsed, ParseOptions
from storage.readers.plain_text import parse
from storage.readers.transcript import is_transcript

LECTURE = """# 📝 2026-04-01 のSTT生テキスト

---


## 📝 数値計算の基礎 - 3f2a9c10-aaaa-4bbb-8ccc-0123456789ab

**記録時間**: 2026-04-01 10:00:00

### STT生テキスト

🎤 SPEAKER_0 [0s - 73s]
では始めます。
まず誤差の話です。

🎤 SPEAKER_1 [73s - 75s]

🎤 SPEAKER_0 [77.5s - 114s]
二つ目の話です。


---



## 📝 質疑 - 77ab

**記録時間**: 2026-04-01 11:30:00

### STT生テキスト

🎤 SPEAKER_2 [0s - 5s]
質問があります。
"""


def read(text: str) -> Parsed:
    return parse(text.encode(), ParseOptions(".txt"))


def sections(parsed: Parsed) -> list[tuple[str, dict[str, Any]]]:
    return [(parsed.text[start:end], metadata) for start, end, metadata in parsed.sections]


def test_recordings_and_turns_of_a_lecture() -> None:
    first = {
        "recording": "数値計算の基礎",
        "recording_id": "3f2a9c10-aaaa-4bbb-8ccc-0123456789ab",
        "recorded_at": "2026-04-01 10:00:00",
    }
    second = {"recording": "質疑", "recording_id": "77ab", "recorded_at": "2026-04-01 11:30:00"}
    parsed = read(LECTURE)
    assert parsed.text == LECTURE
    assert parsed.metadata == {"title": "2026-04-01 のSTT生テキスト"}
    found = sections(parsed)
    assert found[0] == (
        "# 📝 2026-04-01 のSTT生テキスト",
        {"heading": "📝 2026-04-01 のSTT生テキスト"},
    )
    header, metadata = found[1]
    assert header.startswith("## 📝 数値計算の基礎 - 3f2a")
    assert header.endswith("**記録時間**: 2026-04-01 10:00:00\n\n### STT生テキスト")
    assert metadata == first
    assert found[2:4] == [
        (
            "では始めます。\nまず誤差の話です。",
            {**first, "speaker": "SPEAKER_0", "t_start": 0.0, "t_end": 73.0},
        ),
        ("二つ目の話です。", {**first, "speaker": "SPEAKER_0", "t_start": 77.5, "t_end": 114.0}),
    ]
    assert found[4][1] == second
    assert found[5] == (
        "質問があります。",
        {**second, "speaker": "SPEAKER_2", "t_start": 0.0, "t_end": 5.0},
    )
    assert len(found) == 6


@pytest.mark.parametrize(
    ("line", "speaker", "start", "end"),
    [
        ("🎤 SPEAKER_0 [0s - 73s]", "SPEAKER_0", 0.0, 73.0),
        ("🎤 SPEAKER_12 [1.5s - 2.25s]", "SPEAKER_12", 1.5, 2.25),
        ("山田さん [1:02 – 01:15]", "山田さん", 62.0, 75.0),
        ("  司会 [1:00:01.5 〜 1:00:03,25]:", "司会", 3601.5, 3603.25),
        ("A [0s-1s]", "A", 0.0, 1.0),
    ],
)
def test_the_shapes_of_a_turn(line: str, speaker: str, start: float, end: float) -> None:
    parsed = read(f"{line}\n一言。\n\n{line}\n二言。\n")
    assert sections(parsed) == [
        (said, {"speaker": speaker, "t_start": start, "t_end": end})
        for said in ("一言。", "二言。")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "[1] 参考文献 [2]",
        "配列 [0 - 3]",
        "| a | [0s - 1s]",
        "時刻 [10:00]",
        "x" * 300 + " [0s - 1s]",
    ],
)
def test_other_brackets_are_no_turns(line: str) -> None:
    assert not is_transcript(f"{line}\n{line}\n{line}\n")


def test_one_turn_is_not_a_transcript() -> None:
    assert not is_transcript("🎤 SPEAKER_0 [0s - 1s]\n一言。\n")
    assert is_transcript("🎤 SPEAKER_0 [0s - 1s]\n一言。\n🎤 SPEAKER_0 [1s - 2s]\n")


def test_a_recording_without_a_mark_is_named_by_its_heading() -> None:
    text = "# 定例会議\n日時: 2026年5月1日\n\nA [0s - 1s]\nはい。\n\nB [1s - 2s]\nええ。\n"
    recording = {"recording": "定例会議", "recorded_at": "2026年5月1日"}
    assert [m for _, m in sections(read(text))] == [
        recording,
        {**recording, "speaker": "A", "t_start": 0.0, "t_end": 1.0},
        {**recording, "speaker": "B", "t_start": 1.0, "t_end": 2.0},
    ]


def test_what_is_said_cannot_pose_as_the_time_of_recording() -> None:
    text = "# 会\nA [0s - 1s]\n日時: 2000年1月1日\n\nB [1s - 2s]\nええ。\n"
    assert all("recorded_at" not in m for _, m in sections(read(text)))


def test_notes_after_the_last_turn_are_not_spoken() -> None:
    text = "## 📝 会 - a1b2\nA [0s - 1s]\nはい。\n\nB [1s - 2s]\nええ。\n\n## 資料\n別紙一\n"
    assert sections(read(text))[-1] == (
        "## 資料\n別紙一",
        {"recording": "会", "recording_id": "a1b2", "heading": "資料"},
    )


def test_turns_in_which_nothing_was_heard_are_left_out_and_named() -> None:
    parsed = read("A [0s - 3s]\nはい。\n\nB [3s - 5s]\n\nA [5s - 7s]\n---\n\nB [7s - 8s]\nええ。\n")
    assert parsed.warnings == ["2 turns have no text: left out (line 4, 6)"]
    assert [said["t_start"] for _, said in sections(parsed)] == [0.0, 7.0]


def test_a_turn_that_ends_before_it_begins_is_kept_and_named() -> None:
    parsed = read("A [9s - 3s]\nはい。\n\nB [3s - 5s]\nええ。\n")
    assert parsed.warnings == ["line 1: the turn ends at 3 s, before it begins at 9 s"]
    assert sections(parsed)[0][1]["t_start"] == 9.0


def test_a_long_recording_costs_little() -> None:
    turns = "".join(f"🎤 S [{i}s - {i + 1}s]\n発話{i}。\n\n" for i in range(20_000))
    parsed = read("# 長い会議\n" + turns)
    assert len(parsed.sections) == 20_001
    assert parsed.sections[-1][2]["t_start"] == 19_999.0
