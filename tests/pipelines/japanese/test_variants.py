"""Which form of a kanji is right: by the Joyo table (old and new forms) and by JIS X 0213."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.japanese.variants import forms_of

KANJI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20)


@pytest.mark.parametrize(
    ("text", "answer", "written"),
    [
        ("稲架町の公民館です。", "稻架町の公民館です。", "稲架町の公民館です。"),
        ("機械学習の説明です。", "机械学习の说明です。", "机械学習の説明です。"),
        ("本を読みます。", "书を读みます。", "書を読みます。"),
    ],
)
def test_kanji_are_written_as_the_text_writes_them(text: str, answer: str, written: str) -> None:
    assert forms_of(text)(answer) == written


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("皇后の話です。", "その後の話です。"),  # 后 is 後 only in simplified Chinese
        ("國學院の話です。", "国の学校です。"),  # a new form is never made old
        ("渡邊さんの話です。", "渡邉さんの話です。"),  # a name: neither is the new form
        ("関係のない話です。", "稻架町と剝奪と頰。"),  # all in JIS X 0213, none stands there
    ],
)
def test_what_may_be_right_stays(text: str, answer: str) -> None:
    assert forms_of(text)(answer) == answer


def test_chinese_documents_are_answered_in_chinese() -> None:
    assert forms_of("关于机器学习的说明")("学习是这样说的") == "学习是这样说的"
    assert forms_of("学習とは")("学习是这样") != "学习是这样"


@given(KANJI, KANJI)
def test_what_the_text_holds_stays_and_nothing_changes_length(text: str, answer: str) -> None:
    written = forms_of(text + "の")(answer)
    assert len(written) == len(answer)
    assert all(b == a for a, b in zip(answer, written, strict=True) if a in text)
    assert forms_of(text + "の")(written) == written
