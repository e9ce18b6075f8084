"""Morae as Japanese textbooks count them, in Hepburn-like onsets."""

from __future__ import annotations

import pytest

from pipelines.japanese.mora_scores import ONSETS, VOWELS
from pipelines.japanese.morae import morae, split_mora


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


def test_every_pair_of_katakana_has_morae_of_known_parts() -> None:
    """Also those that no word has (ツャ): whatever a recogniser writes is compared."""
    katakana = [chr(code) for code in range(0x30A1, 0x30FD)]
    for kana in (one + other for one in katakana for other in ["", *katakana]):
        heard = morae(kana)
        assert len(heard) <= len(kana)
        for mora in heard:
            onset, _, vowel = split_mora(mora)
            assert onset in ONSETS, (kana, mora)
            assert (vowel or "-") in VOWELS, (kana, mora)
