"""How Japanese speakers say Latin words, in morae."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from pipelines.japanese.morae import LONG, N, morae

_PART = re.compile("[a-z]+|[0-9]", re.IGNORECASE)
_DIGITS = ["レイ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"]
_LONGEST = 24
# Letter by letter: what Japanese does with a consonant that it does not have.
_SAME = (("qu", "q"), ("th", "s"), ("ph", "f"), ("ck", "k"), ("c", "k"), ("q", "k"), ("l", "r"),
         ("x", "ks"))  # fmt: skip
_LETTERS = re.compile("(?:sh|ch|ts|[bdfghjkmnprstvwyz])?[aiueo]|sh|ch|ts|[a-z]")
_VOWEL_ALONE = {"t": "o", "d": "o", "ch": "i", "j": "i"}


def latin_morae(word: str) -> list[list[str]]:
    """The ways in which a Latin word may be said, the likeliest first, each as morae.

    A word that can be pronounced in English has one way, that of the e2k model (Transformer,
    トランスフォーマー). Any other is spelled (GRPO, ジーアールピーオー) or read by its letters, as
    names are (Qwen, クウェン). Digits are said one by one.
    """
    ways: list[list[str]] = [[]]
    for match in _PART.finditer(word[:_LONGEST]):
        part = match.group().lower()
        said = [morae(_DIGITS[int(part)])] if part.isdecimal() else _said(part)
        ways = [[*way, *how] for way, how in _pairs(ways, said)]
    return [way for way in ways if way]


def _pairs(ways: list[list[str]], said: list[list[str]]) -> list[tuple[list[str], list[str]]]:
    """Each way with the first, second, ... of the next part's; the shorter list's last repeats."""
    return [
        (ways[min(i, len(ways) - 1)], said[min(i, len(said) - 1)])
        for i in range(max(len(ways), len(said)))
    ]


@lru_cache(maxsize=100_000)
def _said(part: str) -> list[list[str]]:
    spell, pronounce = _models()
    if len(part) > 1 and spell(part):
        return [morae(pronounce(part))]
    spelled = morae(spell.as_is(part))
    return [spelled, _letter_by_letter(part)] if len(part) > 1 else [spelled]


def _letter_by_letter(part: str) -> list[str]:
    for letters, same in _SAME:
        part = part.replace(letters, same)
    found: list[str] = []
    for match in _LETTERS.finditer(part):
        letters = match.group()
        if letters == "n" or (letters == "m" and match.end() < len(part)):
            found.append(N)
        elif letters[-1] in "aiueo":
            same_vowel = found and letters == found[-1][-1]
            found.append(LONG if same_vowel else letters)
        else:
            found.append(letters + _VOWEL_ALONE.get(letters, "u"))
    return found


@cache
def _models() -> tuple[Any, Any]:
    """Whether a word can be pronounced (and its spelling), and how it is."""
    from e2k import C2K, NGram

    return NGram(), C2K(model="turbo")
