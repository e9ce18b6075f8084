"""Sounds that say nothing go; words that look like them stay."""

from __future__ import annotations

import pytest

from storage.cleaning.fillers import FillersSettings
from storage.cleaning.step import clean

STEP = FillersSettings().build()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("えー、では始めます", "では始めます"),
        ("えー今日は始めます", "今日は始めます"),
        ("それでは、えっと詳細です", "それでは、詳細です"),
        ("それでは えーっと、詳細です", "それでは 詳細です"),
        ("こちらあのー、基礎編です", "こちら基礎編です"),
        ("ここで一つ、ええ、指標を紹介します", "ここで一つ、指標を紹介します"),
        ("学習する必要が、まあ、あります", "学習する必要が、あります"),
        ("手法ですが、ま、こちらです", "手法ですが、こちらです"),
        ("データをまあ継続事前学習させる", "データを継続事前学習させる"),
        ("法、あの、その法律です", "法、その法律です"),
        ("入力を、その、この右側の", "入力を、この右側の"),
        ("ここではそのこれは過去の", "ここではこれは過去の"),
        ("そうですね。なんかその弁護士に", "そうですね。その弁護士に"),
        ("全然違うしあの、答えるのに", "全然違うし、答えるのに"),
        ("といったまあ、さまざまな", "といった、さまざまな"),
        ("えー、まあ、その、えっと、始めます", "始めます"),
    ],
)
def test_a_filler_goes(text: str, cleaned: str) -> None:
    assert clean(text, [STEP]).text == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "あの人が言いました",
        "その本を読みます",
        "その整数が一致するか",
        "そのまま使います",
        "まあまあの出来です",
        "まあ、",  # a turn of nothing else
        "まあいいでしょう",
        "まあ大丈夫です",
        "まあ、いいでしょう",
        "こちらはまあ、よかったです",
        "お味噌とみその、違い",
        "値段はまあ高い",
        "なんか食べたい",
        "裁判なんかが起きています",
        "飲み物なんか、要りません",
        "ええ、そうです",
        "そうですね、ええ、そうです",
        "あっ、ええ、ええ。",
        "こういうことです",
        "ままあることです",
        "「えっと」という口癖",
        "えーという声がした",
        "「えー、やだ」と言った",
        "へえー、すごい",
        "このまあたらしい本",
        "えっ、本当ですか",
        "えーでは、と言うと",
        "# えー、見出し",
        "えー",
    ],
)
def test_what_means_something_stays(text: str) -> None:
    assert clean(text, [STEP]).edits == ()


def test_an_edit_says_why() -> None:
    (edit,) = clean("では、えっと、始めます", [STEP]).edits
    assert (edit.start, edit.end, edit.replaced) == (3, 7, "えっと、")
    assert edit.reason == "filler: a drawn-out sound"
