"""How likely a text is as Japanese or as Western European prose, to tell encodings apart.

A small generative model: groups of characters follow each other with hand-set probabilities, and
a character is drawn from its group. Readings of the same bytes are compared by their total
log-likelihood, which weighs many ordinary characters against few rare ones on one scale. The
numbers need not be exact: a wrong reading is worse by several nats a character.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from storage.readers.common_kanji import COMMON_KANJI

_Emission = Callable[[str], tuple[str, float]]
_Transitions = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Plausibility:
    """`nats` is the log-likelihood of a text, `mean` that of its non-ASCII characters alone.

    `mean` is about -5 for natural Japanese, -8 for a list of common kanji, below -10 for what a
    wrong codec gives, and 0 when no character (`foreign` of `length`) is outside of ASCII.
    """

    nats: float
    mean: float
    foreign: int
    length: int


def japanese(text: str) -> Plausibility:
    """Plausibility of `text` as Japanese mixed with ASCII."""
    return _score(text, _japanese_character, _JAPANESE_NEXT)


def western(text: str) -> Plausibility:
    """Plausibility of `text` as a Western European language."""
    return _score(text, _western_character, _WESTERN_NEXT)


def _score(text: str, character: _Emission, following: _Transitions) -> Plausibility:
    total = foreign_total = 0.0
    foreign = 0
    previous = "p"
    for symbol in text:
        group, emission = character(symbol)
        nats = following[previous, group] + emission
        total += nats
        if symbol > "\x7f":
            foreign += 1
            foreign_total += nats
        previous = group
    return Plausibility(total, foreign_total / foreign if foreign else 0.0, foreign, len(text))


def _logs(groups: str, rows: Mapping[str, tuple[float, ...]]) -> dict[tuple[str, str], float]:
    return {
        (previous, group): math.log(p)
        for previous, row in rows.items()
        for group, p in zip(groups, row, strict=True)
    }


def _drawn(share: float, of: int) -> float:
    """Log-probability of one of `of` characters that have `share` of their group together."""
    return math.log(share / of)


# a: ASCII letters and digits, p: ASCII spaces and signs, H: hiragana, K: katakana, C: kanji,
# J: Japanese signs and full-width forms, w: half-width katakana, o: anything else.
_JAPANESE_NEXT = _logs(
    "apHKCJwo",
    {
        "a": (0.70, 0.20, 0.03, 0.015, 0.015, 0.03, 0.0003, 0.005),
        "p": (0.35, 0.25, 0.12, 0.08, 0.14, 0.05, 0.0050, 0.005),
        "H": (0.015, 0.03, 0.57, 0.03, 0.22, 0.13, 0.0003, 0.005),
        "K": (0.01, 0.03, 0.12, 0.70, 0.08, 0.055, 0.0003, 0.005),
        "C": (0.01, 0.04, 0.38, 0.03, 0.44, 0.10, 0.0003, 0.005),
        "J": (0.07, 0.10, 0.25, 0.12, 0.30, 0.15, 0.0010, 0.010),
        "w": (0.02, 0.07, 0.02, 0.005, 0.03, 0.01, 0.84, 0.005),
        "o": (0.05, 0.20, 0.10, 0.10, 0.15, 0.10, 0.0010, 0.30),
    },
)
# a and p as above, v: accented letters, t: typographic signs, o: anything else.
_WESTERN_NEXT = _logs(
    "apvto",
    {
        "a": (0.80, 0.17, 0.02, 0.008, 0.0005),
        "p": (0.70, 0.25, 0.015, 0.02, 0.0050),
        "v": (0.80, 0.15, 0.02, 0.008, 0.0005),
        "t": (0.55, 0.40, 0.02, 0.020, 0.0020),
        "o": (0.40, 0.50, 0.005, 0.005, 0.0500),
    },
)
_LETTER = _drawn(1, 45)
_SPACE = _drawn(0.7, 3)
_SIGN = _drawn(0.3, 25)
_IMPOSSIBLE = -30.0

_JAPANESE_SIGNS = frozenset(
    "\u3000、。，．・：；？！「」『』（）［］【】〈〉《》〔〕ー〜～…‥々〇／＋－＝％＆＊＠＃―‐−“”‘’｛｝＜＞￥"
)
_ACCENTED = frozenset("ÀÁÂÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ")
_TYPOGRAPHIC = frozenset("‘’“”–—…«»°·•€£§©®™¡¿ºª½\xa0")


def _rows(first: int, last: int) -> frozenset[str]:
    """The characters of these rows of JIS X 0208."""
    pairs = bytes(b for row in range(first, last + 1) for cell in range(1, 95) for b in (row, cell))
    return frozenset(bytes(b + 0xA0 for b in pairs).decode("euc_jp", errors="ignore"))


_LEVEL_1 = _rows(16, 47) - COMMON_KANJI
_LEVEL_2 = _rows(48, 84)
_JIS_SIGNS = _rows(1, 8)


@lru_cache(maxsize=1 << 16)
def _japanese_character(symbol: str) -> tuple[str, float]:
    """Group and log-probability within it."""
    code = ord(symbol)
    if code < 0x80:
        return _ascii_character(symbol)
    if 0x3041 <= code <= 0x3096:
        return "H", _drawn(1, 60)
    if symbol in _JAPANESE_SIGNS:
        return "J", _drawn(0.85, 30)
    if 0x30A1 <= code <= 0x30FE:
        return "K", _drawn(1, 70)
    if symbol in COMMON_KANJI:
        return "C", _drawn(0.86, len(COMMON_KANJI))
    if symbol in _LEVEL_1:
        return "C", _drawn(0.12, len(_LEVEL_1))
    if symbol in _LEVEL_2:
        return "C", _drawn(0.015, len(_LEVEL_2))
    if 0xFF01 <= code <= 0xFF5E:
        return "J", _drawn(0.15, 65)
    if 0xFF61 <= code <= 0xFF9F:
        return "w", _drawn(1, 50)
    if 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3134F:
        return "C", _drawn(0.001, 20000)
    if symbol in _JIS_SIGNS:
        return "o", _drawn(0.8, len(_JIS_SIGNS))
    if 0x2010 <= code <= 0x27BF or 0x3220 <= code <= 0x33FF:
        return "o", _drawn(0.15, 800)
    if 0xA0 <= code <= 0x17F:
        return "o", _drawn(0.05, 200)
    if 0x1F300 <= code <= 0x1FAFF or code in (0xFE0F, 0x200D):
        return "o", _drawn(0.01, 1000)
    return "o", _IMPOSSIBLE if _is_control(code) else _drawn(1e-4, 20000)


@lru_cache(maxsize=1 << 16)
def _western_character(symbol: str) -> tuple[str, float]:
    """Group and log-probability within it."""
    if symbol < "\x80":
        return _ascii_character(symbol)
    if symbol in _ACCENTED:
        return "v", _drawn(1, 40)
    if symbol in _TYPOGRAPHIC:
        return "t", _drawn(1, 15)
    if _is_control(ord(symbol)):
        return "o", _IMPOSSIBLE
    return "o", _drawn(0.99, 100) if symbol < "\u02ff" else _drawn(0.01, 20000)


def _ascii_character(symbol: str) -> tuple[str, float]:
    if symbol.isalnum():
        return "a", _LETTER
    if symbol in " \n\r\t":
        return "p", _SPACE
    return "p", _IMPOSSIBLE if _is_control(ord(symbol)) else _SIGN


def _is_control(code: int) -> bool:
    return (code < 0x20 and code not in (0x09, 0x0A, 0x0C, 0x0D)) or 0x7F <= code < 0xA0
