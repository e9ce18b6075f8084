"""Morae: what a Japanese word sounds like."""

from __future__ import annotations

import re
from functools import cache

# Kana that are written small: they make one mora with the kana before them.
_MORA = re.compile("[ァ-ヴーヷ-ヺ][ァィゥェォャュョヮ]?")
_VOWELS = "aiueo"

_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サ.スセソ", "z": "ザ.ズゼゾ",
    "t": "タ..テト", "d": "ダ..デド", "n": "ナニヌネノ", "h": "ハヒ.ヘホ", "b": "バビブベボ",
    "p": "パピプペポ", "m": "マミムメモ", "y": "ヤ.ユ.ヨ", "r": "ラリルレロ", "w": "ワヰ.ヱ.",
    "sh": ".シ...", "j": ".ジ...", "ch": ".チ...", "ts": "..ツ..", "f": "..フ..", "v": "..ヴ..",
}  # fmt: skip
_ALIKE = str.maketrans("ヂヅヲヮヷヸヹヺ", "ジズオワワヰヱオ")
_PLAIN = {kana: (o, v) for o, row in _ROWS.items() for kana, v in zip(row, _VOWELS, strict=True)}
_GLIDES = {"ャ": "a", "ュ": "u", "ョ": "o"}
_SMALL = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ヮ": "a"}
# Onsets that a small vowel keeps or changes: ティ is t+i, ウェ is w+e, クァ is kw+a.
_BEFORE_SMALL = {"ウ": "w", "ク": "kw", "グ": "gw", "イ": "y", "チ": "ch", "ツ": "ts"}

N, LONG, STOP = "N", "R", "Q"


def morae(katakana: str) -> list[str]:
    """The morae of a katakana reading as romanised onset and vowel, such as ["kyo", "R", "ka"].

    N is ン, Q is ッ, R a long vowel, written ー or as the vowel that lengthens (ou, ei, uu).
    A sound that is written in several ways is one: ヂ and ジ, ヅ and ズ, ヲ and オ. What is no
    katakana is left out.
    """
    found: list[str] = []
    vowel = ""
    for match in _MORA.finditer(katakana.translate(_ALIKE)):
        kana = match.group()
        mora = _mora(kana)
        if kana == "ー" or (vowel and mora in _lengthening(vowel)):
            mora = LONG if vowel else ""
        if mora:
            found.append(mora)
            vowel = mora[-1] if mora[-1] in _VOWELS else (vowel if mora == LONG else "")
    return found


def split_mora(mora: str) -> tuple[str, bool, str]:
    """Onset, whether a glide follows it, and vowel: "kyo" is k, True, o.

    N, Q and R are an onset without a vowel. kw and gw are k and g.
    """
    if mora[-1] not in _VOWELS:
        return mora, False, ""
    onset, vowel = mora[:-1], mora[-1]
    if len(onset) > 1 and onset[-1] in "yw":
        return onset[:-1], onset[-1] == "y", vowel
    return onset, False, vowel


def _lengthening(vowel: str) -> tuple[str, ...]:
    return {"o": ("u", "o"), "e": ("i", "e")}.get(vowel, (vowel,))


@cache
def _mora(kana: str) -> str:
    if kana[0] == "ン":
        return N
    if kana[0] == "ッ":
        return STOP
    first = _PLAIN.get(kana[0])
    if first is None:
        # A small vowel that follows nothing it could belong to.
        return _SMALL.get(kana[0]) or ("y" + _GLIDES[kana[0]] if kana[0] in _GLIDES else "")
    onset, vowel = first
    if len(kana) == 1:
        return onset + vowel
    small = kana[1]
    if small in _GLIDES:
        joined = onset if onset in ("sh", "j", "ch", "y") else onset + "y"
        return joined + _GLIDES[small]
    return _BEFORE_SMALL.get(kana[0], onset) + _SMALL[small]
