"""The numbers that a text states, whichever way they are written."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_DIGITS = {numeral: value for value, numeral in enumerate("〇一二三四五六七八九")} | {"零": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI = "".join([*_DIGITS, *_TENS, *_MYRIADS])
_NUMBER = re.compile(rf"(?P<plain>\d+(?:\.\d+)?)(?P<unit>[万億兆]*)|(?P<kanji>[{_KANJI}]+)")

_POINT = re.compile(rf"(?P<whole>\d+|[{_KANJI}]+)[。・点](?P<part>[\d{''.join(_DIGITS)}]+)")
_KANJI_POINT = re.compile(rf"(?P<whole>[{_KANJI}]+)[。.・点](?P<part>[{''.join(_DIGITS)}]+)")
_COUNTERS = "つ人名年月日時分秒週回度個箇か所匹本枚台冊番階歳件社校円割倍%パキメミリグト"
_COUNTED = re.compile(rf"(?![万億兆])[{_KANJI}]{{2,}}|[{_KANJI}](?=[{_COUNTERS}])")
_SMALL = "".join([*_DIGITS, *_TENS])
_COUNTED_BY_MYRIADS = re.compile(
    rf"[{_SMALL}]{{2,}}|[{_SMALL}](?=[{_COUNTERS}{''.join(_MYRIADS)}])"
)
# Thousands, hundreds, tens and ones, each at most once, then a myriad: 六百百 is no number.
_ONE_TO_NINE = "一二三四五六七八九"
_GROUP = "".join(f"(?:[{_ONE_TO_NINE}]?{unit})?" for unit in "千百十") + f"[{_ONE_TO_NINE}]?"
WELL_FORMED = re.compile("".join(f"(?:(?!{u}){_GROUP}{u})?" for u in "兆億万") + _GROUP)
"""A whole number in kanji with its units, or nothing."""
_WITH_UNITS = re.compile(rf"[{_KANJI}]*[{''.join([*_TENS, *_MYRIADS])}][{_KANJI}]*")
_GAP = re.compile(rf"(?<=[\d{_KANJI}])\s+(?=[{''.join([*_TENS, *_MYRIADS])}])")


def numbers_in(text: str, *, loose: bool = False) -> set[Decimal]:
    """The values of all numbers of a text: ５００億, 五百億 and 50,000,000,000 are the same.

    Args:
        text: Any text.
        loose: Every value that the text may mean, for asking whether it holds one: also 500 where
            500億 stands, and 11.6 where 十一。六 or 十一点六 does, as recognisers write it.
    """
    folded = re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
    found = _values(_GAP.sub("", folded), loose)
    return found | _values(folded, loose) if loose else found


def has_malformed_number(text: str) -> bool:
    """Whether a number in kanji has units in an order that no number has: 千九百八十十."""
    return any(not WELL_FORMED.fullmatch(match[0]) for match in _WITH_UNITS.finditer(text))


def _values(text: str, loose: bool) -> set[Decimal]:
    found: set[Decimal] = set()
    for match in _NUMBER.finditer(text):
        if kanji := match["kanji"]:
            found.add(Decimal(_kanji_value(kanji)))
            continue
        scale = 1
        for unit in match["unit"]:
            scale *= _MYRIADS[unit]
        found.add(Decimal(match["plain"]) * scale)
        if loose:
            found.add(Decimal(match["plain"]))
    for match in _POINT.finditer(text) if loose else ():
        whole = match["whole"]
        value = int(whole) if whole.isdecimal() else _kanji_value(whole)
        found.add(Decimal(f"{value}.{_digits(match['part'])}"))
    return {value.normalize() for value in found}


def _kanji_value(numeral: str) -> int:
    """The value of a kanji numeral: 五百億 by its units, 二〇二六 digit by digit."""
    total = section = digits = 0
    seen = False
    for letter in numeral:
        if letter in _DIGITS:
            digits, seen = digits * 10 + _DIGITS[letter], True
        elif letter in _TENS:
            section += (digits if seen else 1) * _TENS[letter]
            digits, seen = 0, False
        else:
            total += (section + digits or 1) * _MYRIADS[letter]
            section, digits, seen = 0, 0, False
    return total + section + digits


def with_digits(text: str, *, myriads: bool = False) -> str:
    """The text with its kanji numbers in digits: 三十一人 is 31人, 十一。六キロ is 11.6キロ.

    NFKC comes first. A numeral alone is left where no counter follows it, for it is then as likely
    a part of a name or a word: 二ノ柳堰, 千葉, 万一.

    Args:
        text: Any text.
        myriads: Leave 万, 億 and 兆, as numbers are often written: 一億二千万 is 1億2000万.
    """
    folded = _GAP.sub("", unicodedata.normalize("NFKC", text))
    pointed = _KANJI_POINT.sub(
        lambda match: f"{_kanji_value(match['whole'])}.{_digits(match['part'])}", folded
    )
    counted = _COUNTED_BY_MYRIADS if myriads else _COUNTED
    return counted.sub(lambda match: str(_kanji_value(match[0])), pointed)


def _digits(numerals: str) -> str:
    return "".join(str(_DIGITS.get(numeral, numeral)) for numeral in numerals)
