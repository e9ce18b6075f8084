"""Morae as Japanese textbooks count them, in Hepburn-like onsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.japanese.morae import morae, split_mora

KATAKANA = st.text(st.characters(min_codepoint=0x30A1, max_codepoint=0x30FC), max_size=12)


@pytest.mark.parametrize(
    ("kana", "heard"),
    [
        ("キョウカガクシュウ", "kyo R ka ga ku shu R"),
        ("クエンサン", "ku e N sa N"),
        ("クウェンサン", "ku we N sa N"),
        ("ガッコー", "ga Q ko R"),
        ("ティッシュ", "ti Q shu"),
        ("ファイル", "fa i ru"),
        ("チェーン", "che R N"),
        ("ヂツヅヲ", "ji tsu zu o"),
        ("センセイ", "se N se R"),
        ("オオアアア", "o R a R R"),
        ("ー、abc", ""),
    ],
)
def test_morae(kana: str, heard: str) -> None:
    assert morae(kana) == heard.split()


@pytest.mark.parametrize(
    ("mora", "parts"),
    [
        ("kyo", ("k", True, "o")),
        ("kwa", ("k", False, "a")),
        ("shi", ("sh", False, "i")),
        ("tsu", ("ts", False, "u")),
        ("a", ("", False, "a")),
        ("ya", ("y", False, "a")),
        ("N", ("N", False, "")),
        ("R", ("R", False, "")),
    ],
)
def test_parts_of_a_mora(mora: str, parts: tuple[str, bool, str]) -> None:
    assert split_mora(mora) == parts


@given(KATAKANA)
def test_any_katakana_has_morae_of_known_parts(kana: str) -> None:
    from pipelines.japanese.mora_scores import ONSETS, VOWELS

    for mora in morae(kana):
        onset, _, vowel = split_mora(mora)
        assert onset in ONSETS
        assert (vowel or "-") in VOWELS
    assert len(morae(kana)) <= len(kana)
