"""Width, composed kana and unseen characters; expected forms are those of the Unicode charts."""

from __future__ import annotations

import pytest

from storage.cleaning.step import clean
from storage.cleaning.unicode import UnicodeSettings

STEP = UnicodeSettings().build()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ＧＲＰＯを１．５倍", "GRPOを1.5倍"),
        ("１２，０００円", "12,000円"),
        ("第１．そして", "第1．そして"),  # no digit behind it: a full stop
        ("ﾊﾟﾗﾒｰﾀｰとｶﾞｲﾄﾞ", "パラメーターとガイド"),
        ("｢ﾊｲ｡｣", "「ハイ。」"),
        ("か\u3099くしゅう", "がくしゅう"),
        ("⽇本", "日本"),  # U+2F47, as PDFs have it
        ("強化\u200b学習\ufeff", "強化学習"),
        ("報\u00ad酬\x07", "報酬"),
        ("カ\u200bﾞ", "ガ"),
        ("学\u200d習", "学習"),
    ],
)
def test_a_character_gets_its_usual_form(text: str, cleaned: str) -> None:
    assert clean(text, [STEP]).text == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "①㍻㈱㎡x²",  # NFKC would write something else
        "そうです！（ほんと？）、はい：",
        "山﨑さん",
        "👩\u200d💻",
        "全角　空白と\ttab",
        "失われた\ufffd字",
        "`ＡＢＣ`は",
        "https://example.com/ＡＢ",
        "```\nＡＢＣ\n```",
        "# ＡＢＣ",
        "    ＡＢＣ = 1",
        "🎤 ＡＢＣ [0s - 3s]",
    ],
)
def test_what_has_a_meaning_or_is_code_stays(text: str) -> None:
    assert clean(text, [STEP]).edits == ()


def test_an_edit_says_why() -> None:
    (edit,) = clean("ＧＲＰＯ", [STEP]).edits
    assert (edit.replaced, edit.replacement, edit.step) == ("ＧＲＰＯ", "GRPO", "unicode")
    assert edit.reason == "full-width letters or digits in their usual width"
