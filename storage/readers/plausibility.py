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
    """How well a text fits a model.

    `nats` is the log-likelihood of the text and `foreign_nats` the share of its `foreign`
    characters, those outside of ASCII, of `length` in all; they stand in `runs` runs.
    """

    nats: float
    foreign_nats: float
    foreign: int
    runs: int
    length: int

    def gain(self, foreign_bytes: int) -> float:
        """Nats by which the model beats chance on the characters outside of ASCII.

        By chance a run begins at every fourth or fifth character and each byte in it is one of
        some 95 high ones. A wrong reading loses about a nat a character; Japanese gains 4 a kana
        and 1.5 a common kanji.
        """
        return self.foreign_nats + self.runs * math.log(4.5) + foreign_bytes * math.log(95)


def japanese(text: str) -> Plausibility:
    """Plausibility of `text` as Japanese mixed with ASCII."""
    return _score(text, _japanese_character, _JAPANESE_NEXT)


def western(text: str) -> Plausibility:
    """Plausibility of `text` as a Western European language."""
    return _score(text, _western_character, _WESTERN_NEXT)


def _score(text: str, character: _Emission, following: _Transitions) -> Plausibility:
    total = foreign_total = 0.0
    foreign = runs = 0
    previous = "p"
    for symbol in text:
        group, emission = character(symbol)
        nats = following[previous, group] + emission
        total += nats
        if symbol > "\x7f":
            foreign += 1
            foreign_total += nats
            runs += previous in "ap"
        previous = group
    return Plausibility(total, foreign_total, foreign, runs, len(text))


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
# J: Japanese signs and full-width forms, k: half-width katakana that take a voicing mark,
# w: other half-width katakana, m: half-width voicing marks, o: anything else.
_JAPANESE_NEXT = _logs(
    "apHKCJkwmo",
    {
        "a": (0.70, 0.20, 0.03, 0.015, 0.015, 0.03, 1e-4, 1e-4, 1e-7, 0.005),
        "p": (0.34, 0.25, 0.12, 0.08, 0.14, 0.05, 0.006, 0.006, 1e-7, 0.008),
        "H": (0.015, 0.03, 0.57, 0.03, 0.22, 0.13, 1e-4, 1e-4, 1e-7, 0.005),
        "K": (0.01, 0.03, 0.12, 0.70, 0.08, 0.055, 1e-4, 1e-4, 1e-7, 0.005),
        "C": (0.01, 0.04, 0.38, 0.03, 0.44, 0.10, 1e-4, 1e-4, 1e-7, 0.005),
        "J": (0.07, 0.10, 0.25, 0.12, 0.30, 0.15, 1e-3, 1e-3, 1e-7, 0.010),
        "k": (0.02, 0.07, 0.02, 0.005, 0.03, 0.01, 0.20, 0.40, 0.24, 0.005),
        "w": (0.02, 0.09, 0.02, 0.005, 0.03, 0.01, 0.32, 0.50, 1e-6, 0.005),
        "m": (0.02, 0.09, 0.02, 0.005, 0.03, 0.01, 0.32, 0.50, 1e-6, 0.005),
        "o": (0.05, 0.20, 0.10, 0.10, 0.15, 0.10, 5e-4, 5e-4, 1e-7, 0.30),
    },
)
# a and p as above, v: accented letters, t: typographic signs, o: anything else.
_WESTERN_NEXT = _logs(
    "apvto",
    {
        "a": (0.80, 0.17, 0.02, 0.008, 0.0005),
        "p": (0.70, 0.25, 0.015, 0.02, 0.0050),
        "v": (0.80, 0.15, 0.003, 0.008, 0.0005),
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
_VOICEABLE = frozenset("ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ")
_FREQUENT_KANA = frozenset("ｽﾄｸｼﾀﾌｶﾃｰﾝﾙﾗｲﾘｱｭｯﾚﾏﾑ")
_BYTES_WITHOUT_MEANING = range(0xF8F0, 0xF8F4)  # what Python's cp932 makes of A0, FD, FE and FF
_ACCENTED = frozenset("ÀÁÂÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ")
_TYPOGRAPHIC = frozenset("‘’‚“”„‹›–—…«»°·•€£§©®™¡¿ºª½\xa0")


def _rows(first: int, last: int) -> frozenset[str]:
    """The characters of these rows of JIS X 0208."""
    pairs = bytes(b for row in range(first, last + 1) for cell in range(1, 95) for b in (row, cell))
    return frozenset(bytes(b + 0xA0 for b in pairs).decode("euc_jp", errors="ignore"))


_LEVEL_1 = _rows(16, 47) - COMMON_KANJI
_LEVEL_2 = _rows(48, 84)
_JIS_SIGNS = _rows(1, 8)
_VENDOR_SIGNS = (
    frozenset(
        bytes(b for c in range(0x40, 0x9D) for b in (0x87, c)).decode("cp932", errors="ignore")
    )
    - _JIS_SIGNS
)
_VENDOR_KANJI = frozenset(
    bytes(b for lead in (0xFA, 0xFB, 0xFC) for c in range(0x40, 0xFD) for b in (lead, c)).decode(
        "cp932", errors="ignore"
    )
)


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
        return "C", _drawn(0.94, 900)
    if symbol in _LEVEL_1:
        return "C", _drawn(0.05, len(_LEVEL_1))
    if symbol in _LEVEL_2:
        return "C", _drawn(0.008, len(_LEVEL_2))
    if 0xFF01 <= code <= 0xFF5E:
        return "J", _drawn(0.15, 65)
    if 0xFF61 <= code <= 0xFF9F:
        if code >= 0xFF9E:
            return "m", _drawn(1, 2)
        if symbol in _VOICEABLE:
            return "k", _drawn(0.7, 8) if symbol in _FREQUENT_KANA else _drawn(0.3, 12)
        return "w", _drawn(0.7, 12) if symbol in _FREQUENT_KANA else _drawn(0.3, 29)
    if symbol in _VENDOR_SIGNS:
        return "o", _drawn(0.4, 83)
    if symbol in _VENDOR_KANJI:
        return "C", _drawn(0.002, len(_VENDOR_KANJI))
    if 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3134F:
        return "C", _drawn(0.001, 20000)
    if symbol in _JIS_SIGNS:
        return "o", _drawn(0.5, len(_JIS_SIGNS))
    if 0x2010 <= code <= 0x27BF or 0x3220 <= code <= 0x33FF:
        return "o", _drawn(0.05, 800)
    if 0xA0 <= code <= 0x5FF:
        return "o", _drawn(0.05, 600)
    if 0x1F300 <= code <= 0x1FAFF or code in (0xFE0F, 0x200D):
        return "o", _drawn(0.01, 1000)
    impossible = _is_control(code) or code in _BYTES_WITHOUT_MEANING
    return "o", _IMPOSSIBLE if impossible else _drawn(1e-4, 20000)


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
    return "o", _drawn(0.99, 100) if symbol <= "\u017f" else _drawn(0.01, 20000)


def _ascii_character(symbol: str) -> tuple[str, float]:
    if symbol.isalnum():
        return "a", _LETTER
    if symbol in " \n\r\t":
        return "p", _SPACE
    return "p", _IMPOSSIBLE if _is_control(ord(symbol)) else _SIGN


def _is_control(code: int) -> bool:
    return (code < 0x20 and code not in (0x09, 0x0A, 0x0C, 0x0D)) or 0x7F <= code < 0xA0
