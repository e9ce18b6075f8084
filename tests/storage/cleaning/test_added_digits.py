"""Digits behind numbers in kanji; words and names with numerals stay as they are."""

from __future__ import annotations

import pytest

from storage.cleaning.numbers import NumbersSettings
from storage.cleaning.step import clean

STEP = NumbersSettings().build()


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("五百億パラメータ", "五百億（500億）パラメータ"),
        ("一億二千万円", "一億二千万（1億2000万）円"),
        ("二千二十六年です", "二千二十六（2026）年です"),
        ("二十人が三十日に", "二十（20）人が三十（30）日に"),
        ("二〇二六年です", "二〇二六（2026）年です"),
        ("最大で五百十二です", "最大で五百十二（512）です"),
        ("一点零五倍です", "一点零五（1.05）倍です"),
        ("河口から十一。六キロです", "河口から十一。六（11.6）キロです"),
        ("答えは〇。三一ですね", "答えは〇。三一（0.31）ですね"),
    ],
)
def test_digits_stand_behind_the_number(text: str, added: str) -> None:
    assert clean(text, [STEP]).text == added


@pytest.mark.parametrize(
    "text",
    [
        "一つ目は二人",
        "千葉と万一",
        "五十嵐さんの八百屋",
        "もう十分です",
        "四五人が数十万円",
        "その一。二つ目は",
        "一点一点見る",
        "六百百",
        "五百十二（512）",
        "512（五百十二）",
        "2千万",
        "# 五百億",
    ],
)
def test_what_is_no_exact_number_stays(text: str) -> None:
    assert clean(text, [STEP]).edits == ()
