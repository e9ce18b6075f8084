"""Words cut by a recogniser's line break: what is joined, what is said once, and what stays."""

from __future__ import annotations

import pytest

from storage.cleaning.line_joins import LineJoinsSettings
from storage.cleaning.step import clean

STEP = LineJoinsSettings().build()
READING = LineJoinsSettings(joins="all").build()


@pytest.mark.parametrize("gap", [" ", "\n", "  \n"])
@pytest.mark.parametrize(
    ("cut", "joined"),
    [
        ("ボックスを使用し|ましたが", "ボックスを使用しましたが"),
        ("GPTスリーを使っ|て作る", "GPTスリーを使って作る"),
        ("分散が書かれ|ています", "分散が書かれています"),
        ("経験的に分かって|います", "経験的に分かっています"),
        ("GRPOは説明|したとおり", "GRPOは説明したとおり"),
        ("作物を育て|て輸出する", "作物を育てて輸出する"),
        ("手段を提|供し", "手段を提供し"),
        ("圧倒|的に多い", "圧倒的に多い"),
        ("医療|系の専門性", "医療系の専門性"),
        ("転が\nっているデータ|を", "転が\nっているデータ|を"),
    ],
)
def test_a_cut_word_is_joined(cut: str, joined: str, gap: str) -> None:
    if "|" in joined:  # nothing to join: の, を and other particles follow a pause as well
        joined = joined.replace("|", gap)
    assert clean(cut.replace("|", gap), [STEP]).text == joined


@pytest.mark.parametrize("gap", [" ", "\n"])
@pytest.mark.parametrize(
    ("twice", "once"),
    [
        ("変えることによっ|よって、", "変えることによって、"),
        ("開発をするにあたっ|あたって考え", "開発をするにあたって考え"),
        ("最適化される一|一方で", "最適化される一方で"),
        ("暗黙的な知識|識という区別", "暗黙的な知識という区別"),
        ("学習で行われているデー|データは", "学習で行われているデータは"),
        ("このような形の入力を|を想定していない", "このような形の入力を想定していない"),
        ("事情も存在し|します", "事情も存在します"),
        ("ウイルスに対し|して", "ウイルスに対して"),
        ("専門家にとっ|っては", "専門家にとっては"),
        ("問題があります。|ます。それに", "問題があります。それに"),
        ("以上です。|。前半の", "以上です。前半の"),
    ],
)
def test_what_was_cut_and_written_twice_is_said_once(twice: str, once: str, gap: str) -> None:
    assert clean(twice.replace("|", gap), [STEP]).text == once


@pytest.mark.parametrize(
    "text",
    [
        "これ まあこちら",
        "はい はい、そうです",
        "いろ いろな手法",
        "だん だん分かる",
        "後日公開 公開しますので",  # the speaker's own, or so it may be
        "坂本講師、松島講師 講師による",
        "アンサーの の横に",  # そ is missing
        "専門性を持つ つつも",
        "大事なこと と思います",
        "極力っていうか かなり",
        "十 十二",
        "条件が現れ れば",
        "報酬の定義が 重要です",
        "分かりました ではこれで",
        "使用し\n\nました",
        "使用し\n- ました",
        "使用し\n# ました",
        "使用し\n🎤 A [0s - 3s]\nました",
        "- 使用し\nました",
        "使用し\n　ました",
        "思います。 ますと",
    ],
)
def test_pauses_and_words_that_are_said_twice_stay(text: str) -> None:
    assert clean(text, [STEP]).edits == ()


def test_all_lines_of_a_turn_are_joined_for_reading() -> None:
    text = "報酬の定義が\n重要ですが 、まず \n説明します\nでは次です。\n次の文です"
    assert clean(text, [READING]).text == (
        "報酬の定義が重要ですが、まず説明します\nでは次です。\n次の文です"
    )


def test_an_edit_says_why() -> None:
    text = "変えることによっ よって、使用し ます"
    assert [(e.start, e.end, e.replaced, e.reason) for e in clean(text, [STEP]).edits] == [
        (8, 11, " よっ", "cut word repeated over a line break"),
        (16, 17, " ", "word cut by a line break"),
    ]
