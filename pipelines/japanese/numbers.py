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
        part = "".join(str(_DIGITS.get(digit, digit)) for digit in match["part"])
        found.add(Decimal(f"{value}.{part}"))
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
