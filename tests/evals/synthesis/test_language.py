from __future__ import annotations

import pytest

from evals.synthesis.language import is_written_in, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("友瀬川は二級河川です。", "ja"),
        ("BERTとGPTのtokenizerは、subword単位で分割します。", "ja"),
        ("The river is called 友瀬川 here.", "en"),  # 3 of 24 letters
        ("川abcd", "ja"),  # 1 of 5 letters is a fifth
        ("川abcde", "en"),
        ("12 + 3", "en"),
    ],
)
def test_the_language_is_told_by_the_letters(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("question", "language", "written"),
    [
        ("友瀬川の長さは？", "ja", True),
        ("友瀬川有多长？", "ja", False),
        ("How long is the river?", "ja", False),
        ("How long is the river?", "en", True),
        ("友瀬川の長さは？", "en", False),
    ],
)
def test_a_question_in_chinese_is_not_in_japanese(
    question: str, language: str, written: bool
) -> None:
    assert is_written_in(question, language) is written  # type: ignore[arg-type]
