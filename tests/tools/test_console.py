"""Whatever a text holds, showing it does nothing but show it."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.console import inert, inert_line, json_line, quoted

CLIPBOARD = "\x1b]52;c;cm0gLXJmIH4=\x07"
ATTACKS = [
    CLIPBOARD,
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "safe\roverwritten",
    "\x08\x08\x08",
    "\u202egpj.exe\u202c",
    "\u2066x\u2069",
    "\u2028\u2029\x85",
    "\U000e0041\U000e0042",
    "\x00\x7f",
    "\udcff",
]
TERMINAL_ACTIVE = {"Cc", "Cs", "Zl", "Zp"}


def active(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in TERMINAL_ACTIVE or c in "\u202e\u2066"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_visible_and_dead(attack: str) -> None:
    for shown in (inert(attack), inert_line(attack), quoted(attack, 60), json_line(attack)):
        assert active(shown) == set()
    assert json.loads(json_line({attack: [attack]})) == {attack: [attack]}


def test_what_escapes_look_like() -> None:
    assert inert("\x1b[31m") == "\\x1b[31m"
    assert inert("a\u202eb\U000e0041") == "a\\u202eb\\U000e0041"
    assert inert("one\r\ntwo\tthree\rfour") == "one\ntwo\tthree\\rfour"
    assert inert_line("one\ntwo\tthree") == "one\\ntwo\\tthree"


@pytest.mark.parametrize(
    "text",
    [
        "強化学習とは、\u3000報酬である。\n「はい」",
        "naïve café",
        "👩\u200d👩\u200d👧",
        "مرحبا",
        "[bold]x[/bold]",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert inert(text) == text
    assert json.loads(json_line(text)) == text


def test_japanese_stays_readable_in_json() -> None:
    assert json_line({"質問": "何？"}) == '{"質問": "何？"}'


def test_json_has_no_nan() -> None:
    assert json.loads(json_line({"a": float("nan"), "b": [float("inf"), 1.5], 3: (1,)})) == {
        "a": None,
        "b": [None, 1.5],
        "3": [1],
    }


def test_quotes_are_short_and_on_one_line() -> None:
    assert quoted("  one\n two  three ", 60) == "one two three"
    assert quoted("あ" * 100, 10) == "あ" * 10 + "…"


@settings(deadline=None)
@given(st.text(st.characters()))
def test_nothing_active_is_ever_left(text: str) -> None:
    assert active(inert(text)) <= {"\n", "\t"}
    assert active(inert_line(text)) == set()
    assert active(json_line(text)) == set()
    assert json.loads(json_line(text)) == text
