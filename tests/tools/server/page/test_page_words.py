"""What the page says, in Japanese and English."""

from __future__ import annotations

import string
from dataclasses import fields

import pytest

from tools.server.failures import ApiError, closing, queue_full, too_late
from tools.server.page.words import ENGLISH, JAPANESE, Words, accepted


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", [field.name for field in fields(Words)])
def test_both_languages_say_all_and_fill_in_the_same(name: str) -> None:
    english, japanese = getattr(ENGLISH, name), getattr(JAPANESE, name)
    assert english
    assert japanese
    assert places(english) == places(japanese)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("JA-jp", "ja"),
        ("en-GB,en;q=0.9,ja;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,ja;q=0.5", "ja"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("jam", "en"),
    ],
)
def test_the_first_language_that_the_page_has_is_taken(header: str, language: str) -> None:
    assert accepted(header).language == language


def test_errors_are_said_in_the_pages_language() -> None:
    assert "7 秒" in JAPANESE.error(queue_full(7))
    assert "7 seconds" in ENGLISH.error(queue_full(7))
    assert JAPANESE.error(closing()) == JAPANESE.closing
    assert ENGLISH.error(too_late(3)) == ENGLISH.deadline_passed
    numbered = ApiError(
        500, "server: the work failed: its log has the reason as error ab12", "failed"
    )
    assert "ab12" in JAPANESE.error(numbered)
    other = ENGLISH.error(ApiError(400, "question: too long\x1b[31m", "too_long"))
    assert "question: too long" in other
    assert "\x1b" not in other
