from __future__ import annotations

import unicodedata

import pytest

from pipelines.web.plain_text import plain_line, plain_lines


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>堰</b>の<script>x</script>", "堰 の x"),
        ("a < b > c", "a < b > c"),
        ("\x1b[31m赤\x1b[0m", "赤"),
        ("\x1b]52;c;cm0gLXJmIH4=\x07safe", "safe"),
        ("\x1b]0;title\x1b\\safe", "safe"),
        ("\x9b31mred \x1b(B end", "red B end"),
        ("safe\u202egpj.exe\u2066x\u2069", "safegpj.exex"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("tags\U000e0041\U000e0042", "tags"),
        ("a\r\nb\tc\u2028d\x00", "a b cd"),
        ("", ""),
    ],
)
def test_a_line_holds_nothing_that_acts(text: str, plain: str) -> None:
    assert plain_line(text, 100) == plain


def test_a_long_line_is_cut() -> None:
    assert plain_line("あ" * 50, 10) == "あ" * 9 + "…"


def test_a_page_keeps_its_lines_and_signs() -> None:
    assert plain_lines("if a<b:\r\n\tx\r\u202ey\x1b[2J") == "if a<b:\n\tx\ny"


def test_an_unfinished_sequence_takes_no_more_than_its_line() -> None:
    assert plain_lines("\x1b]52;c;evil\nrest") == "\nrest"


def test_no_character_of_any_plane_acts() -> None:
    text = "".join(map(chr, range(0x20000))) + "\U000e0001\U000e007f"
    kept = plain_lines(text)
    assert {unicodedata.category(c) for c in kept} & {"Cf", "Cs", "Zl", "Zp"} == set()
    assert {c for c in kept if unicodedata.category(c) == "Cc"} == {"\n", "\t"}
