from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.japanese.numbers import has_malformed_number, numbers_in, with_digits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("五百億パラメータ", [50_000_000_000]),
        ("５００億と500 億", [50_000_000_000]),
        ("50,000,000,000", [50_000_000_000]),
        ("千二百三十四", [1234]),
        ("十万", [100_000]),
        ("一億二千万", [120_000_000]),
        ("二〇二六年一月", [2026, 1]),
        ("3.50と3.5", ["3.5"]),
        ("約1,5のうち1,500個", [1, 5, 1500]),
        ("億千万の話", [110_000_000]),  # 億 alone is 一億, 千万 ten million
        ("数はない", []),
        ("o1とGSM8K", [1, 8]),
    ],
)
def test_values(text: str, expected: list[float | str]) -> None:
    assert numbers_in(text) == {Decimal(str(value)).normalize() for value in expected}


@pytest.mark.parametrize(
    ("text", "strict", "more"),
    [
        ("河口から十一。六キロ", [11, 6], ["11.6"]),
        ("〇・三五と０。1", [0, 35, 1], ["0.35", "0.1"]),
        ("二十点五度", [20, 5], ["20.5"]),
        ("三十人。二つ目は", [30, 2], []),
        ("500億", [50_000_000_000], [500]),
        ("二千\n二十一年", [2000, 21], []),
        ("五百\n億", [50_000_000_000], [500, 100_000_000]),
    ],
)
def test_loosely_a_number_has_every_value_that_it_may_mean(
    text: str, strict: list[int], more: list[float | str]
) -> None:
    expected = {Decimal(value) for value in strict}
    assert numbers_in(text) == expected
    assert numbers_in(text, loose=True) == expected | {Decimal(str(value)) for value in more}


@given(st.integers(min_value=0, max_value=9_999))
def test_digit_by_digit_kanji_is_the_number(value: int) -> None:
    kanji = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(value))
    assert numbers_in(kanji) == numbers_in(str(value)) == {Decimal(value).normalize()}


@pytest.mark.parametrize(
    ("text", "digits", "by_myriads"),
    [
        ("三十一人", "31人", "31人"),
        ("十一。六キロ", "11.6キロ", "11.6キロ"),
        ("〇。七八まで", "0.78まで", "0.78まで"),
        ("二万三千七百匹", "23700匹", "2万3700匹"),
        ("一億二千万円", "120000000円", "1億2000万円"),
        ("二〇二六年一月", "2026年1月", "2026年1月"),
        ("二ノ柳堰と千葉と万一", "二ノ柳堰と千葉と万一", "二ノ柳堰と千葉と万一"),
        ("３２０ ha", "320 ha", "320 ha"),
    ],
)
def test_kanji_numbers_in_digits(text: str, digits: str, by_myriads: str) -> None:
    assert with_digits(text) == digits
    assert with_digits(text, myriads=True) == by_myriads


@given(st.integers(min_value=10, max_value=9_999))
def test_digits_are_the_value_that_the_kanji_have(value: int) -> None:
    kanji = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(value))
    assert with_digits(f"{kanji}年") == f"{value}年"


@pytest.mark.parametrize("text", ["千九百八十十年", "百十百名", "三万二万円", "六百百"])
def test_units_in_an_order_that_no_number_has(text: str) -> None:
    assert has_malformed_number(text)


@pytest.mark.parametrize(
    "text", ["千九百八十七年", "三十一名", "一億二千万円", "二〇二六年", "十", "", "百"]
)
def test_numbers_that_are_well_formed(text: str) -> None:
    assert not has_malformed_number(text)
