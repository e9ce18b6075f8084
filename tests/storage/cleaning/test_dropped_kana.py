"""Kana that a recogniser dropped, where one whole form exists; every other word stays."""

from __future__ import annotations

import pytest

from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.step import clean

STEP = DroppedKanaSettings().build()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("戦略っいうものは", "戦略っていうものは"),
        ("分解するっことを行って", "分解するってことを行って"),
        ("いいかなといううに思い", "いいかなというふうに思い"),
        ("いいかなというふに思います", "いいかなというふうに思います"),
        ("いいかなというふ 思います", "いいかなというふうに 思います"),
        ("ライブラリだっり、仮説であっり", "ライブラリだったり、仮説であったり"),
        ("重要になてきます", "重要になってきます"),
        ("実行してみてくだい。", "実行してみてください。"),
        ("見るこができます", "見ることができます"),
        ("正解していかどうかなので", "正解しているかどうかなので"),
        ("設定していので", "設定しているので"),
        ("決まってると思んですが", "決まってると思うんですが"),
        ("言れていますが、かと言ますと", "言われていますが、かと言いますと"),
    ],
)
def test_what_was_dropped_comes_back(text: str, whole: str) -> None:
    assert clean(text, [STEP]).text == whole


@pytest.mark.parametrize(
    "text",
    [
        "っていうことです",
        "鬼ごっこと抱っことにらめっこ",
        "かみくだいて言います",
        "学校に行っていいのか",
        "していかなければ",
        "ここができるところ",
        "大和なでしこ",
        "麩というふ",
        "思慮に富んだ",
        "# 戦略っいうもの",
        "`だっり`",
    ],
)
def test_whole_words_stay(text: str) -> None:
    assert clean(text, [STEP]).edits == ()
