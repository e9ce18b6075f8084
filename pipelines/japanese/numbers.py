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

_SPOKEN_POINT = re.compile(rf"(?P<whole>\d+|[{_KANJI}]+)[。・点](?P<part>[\d{''.join(_DIGITS)}]+)")


def numbers_in(text: str, *, spoken: bool = False) -> set[Decimal]:
    """The values of all numbers of a text: ５００億, 五百億 and 50,000,000,000 are the same.

    A number of digits before 万, 億 or 兆 counts with and without it, so that 500億 is found where
    a line break or a space parts the two.

    Args:
        text: Any text.
        spoken: Also read 十一。六, 十一点六 and 11。6 as 11.6, as recognisers write.
            They stay 11 and 6 too, because a sentence may end between them.
    """
    folded = re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
    found: set[Decimal] = set()
    for match in _NUMBER.finditer(folded):
        if kanji := match["kanji"]:
            found.add(Decimal(_kanji_value(kanji)))
            continue
        plain = Decimal(match["plain"]).normalize()
        found.add(plain)
        scale = 1
        for unit in match["unit"]:
            scale *= _MYRIADS[unit]
        found.add((plain * scale).normalize())
    if spoken:
        for match in _SPOKEN_POINT.finditer(folded):
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
