"""Which of two readings is thought better."""

from __future__ import annotations

import pytest

from storage.recordings.better_reading import compare_readings

BETTER = [
    # (better, worse): dropped words and letters make a reading shorter.
    ("報酬の定義が重要になってきます。", "報酬の定義が重要になてきます。"),
    ("ボックスの中に回答が出力できているか", "ボックスの中に が出力できていか"),
    # As long; one of them is no likely Japanese.
    ("かなっていうふうに思います", "かなっていうくうに思います"),
]


@pytest.mark.parametrize(("better", "worse"), BETTER)
def test_the_longer_one_is_and_of_one_length_the_likelier_one(better: str, worse: str) -> None:
    assert compare_readings(better, worse) == 1
    assert compare_readings(worse, better) == -1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("報酬の、定義が 重要です。", "報酬の定義が重要です"),
        ("ＧＰＴの話", "GPTの話"),
        ("", ""),
        ("。", ""),
    ],
)
def test_marks_spaces_and_width_make_none_better(first: str, second: str) -> None:
    assert compare_readings(first, second) == 0


def test_a_recogniser_that_is_stuck_does_not_win() -> None:
    said = "ご視聴ありがとうございました"
    assert compare_readings(said * 20, f"今日は{said}") == -1


def test_readings_longer_than_sudachi_takes_are_compared() -> None:
    text = "".join(chr(0x4E00 + i % 5000) for i in range(60_000))
    assert compare_readings(text, text[::-1]) == -compare_readings(text[::-1], text)
