"""Plain text with times in the common shapes, and texts that only look like it."""

from __future__ import annotations

from typing import Any

import pytest

from storage.readers.parsed import Parsed, ParseOptions
from storage.readers.plain_text import parse, parse_markdown


def read(text: str) -> Parsed:
    parsed = parse(text.encode(), ParseOptions(".txt"))
    assert parsed.text == text
    return parsed


def said(parsed: Parsed) -> list[tuple[str, float, float, Any]]:
    return [
        (parsed.text[start:end], m["t_start"], m["t_end"], m.get("speaker"))
        for start, end, m in parsed.sections
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[00:00:01] では\n[00:00:12] 次\n[00:00:30] 終わり\n",
        "0:01 では\n0:12 次\n0:30 終わり\n",
        "(0:01)\nでは\n(0:12)\n次\n(0:30)\n終わり\n",
        "- 00:01: では\n- 00:12: 次\n- 00:30: 終わり\n",
        "【00:01】では\n【00:12】次\n【00:30】終わり\n",
    ],
)
def test_each_time_begins_what_is_said_until_the_next(text: str) -> None:
    assert said(read(text)) == [
        ("では", 1.0, 12.0, None), ("次", 12.0, 30.0, None), ("終わり", 30.0, 30.0, None),
    ]  # fmt: skip


def test_ranges_as_whisper_prints_them() -> None:
    text = (
        "[00:00.000 --> 00:04.000]  では\n[00:05.000 --> 00:06.500]  次\n"
        "[01:00:00.000 --> 01:00:01.000]  終\n"
    )
    assert said(read(text)) == [
        ("では", 0.0, 4.0, None), ("次", 5.0, 6.5, None), ("終", 3600.0, 3601.0, None),
    ]  # fmt: skip


def test_speakers_before_the_time_or_behind_it() -> None:
    before = "話者 1  00:00\nおはよう\n話者 2  00:05\nはい\n話者 1  00:09\nでは\n"
    assert [row[3] for row in said(read(before))] == ["話者 1", "話者 2", "話者 1"]
    behind = "[00:01] 山田: では\n[00:05] 注意: 一度\n[00:09] 山田: 次\n"
    assert [(row[0], row[3]) for row in said(read(behind))] == [
        ("では", "山田"), ("注意: 一度", None), ("次", "山田"),
    ]  # fmt: skip


def test_a_title_stands_before_the_first_time_and_lines_go_on() -> None:
    parsed = parse_markdown(
        "第三回の講義\n\n[00:01] では\n続きの行\n[00:05] 次\n[00:09] 終\n".encode(),
        ParseOptions(".md"),
    )
    assert said(parsed)[0] == ("では\n続きの行", 1.0, 5.0, None)
    assert parsed.sections[0][0] > parsed.text.index("講義")


def test_a_time_that_goes_back_is_named_by_its_line() -> None:
    rows = [
        "[00:01] a",
        "[00:09] b",
        "[00:05] c",
        "[00:11] d",
        "[00:12] e",
        "[00:13] f",
        "[00:14] g",
    ]
    parsed = read("\n".join(rows))
    assert parsed.warnings == ["line 3: its time, 5 s, is before the one above, 9 s"]
    assert said(parsed)[1] == ("b", 9.0, 9.0, None)


@pytest.mark.parametrize(
    "text",
    [
        "10:00 開会\n10:30 休憩\n11:00 講演\n12:00 閉会\n",
        "- 10:00–10:30 開会\n- 10:30–11:00 講演\n- 11:00–12:00 討論\n",
        "1:00 受付\n1:30 開会\n2:00 講演\n",
        "1:1の比率で混ぜる。\n2:30の電車に乗る。\n文です。\n",
        "[00:01] 一度\n" + "普通の文です。\n" * 20 + "[00:02] 二度\n[00:03] 三度\n",
        "[00:09] 後\n[00:05] 前\n[00:01] 逆\n",
        "2024/01/02 の記録\n2024/01/03 の記録\n2024/01/04 の記録\n",
    ],
)
def test_agendas_and_prose_are_no_transcripts(text: str) -> None:
    assert read(text).sections == []
