"""Kanji in the form in which a text writes them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_KANJI = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")


def forms_of(text: str) -> Callable[[str], str]:
    """A function that writes kanji as `text` does: 稻架町 becomes 稲架町 where that stands there.

    Models that learnt from Chinese slip its forms into Japanese. Changed is an old form that `text`
    does not hold where it holds the new one; 後 never becomes 后, which are one character in
    simplified Chinese alone, nor 国 the 國 of a name. A kanji that Japanese does not have (说)
    takes its Japanese form (説), unless `text` is without kana and so perhaps Chinese.
    The forms are those of OpenCC's dictionaries.
    """
    standing: set[str] = set(_KANJI.findall(text))
    japanese = _KANA.search(text) is not None
    new = {_convert("jp2t", kanji): kanji for kanji in standing}
    simplified: dict[str, list[str]] = defaultdict(list)
    for kanji in sorted(standing):
        simplified[_simplified(kanji)].append(kanji)

    def form(kanji: str) -> str:
        if kanji in standing:
            return kanji
        if _in_japanese(kanji):
            return new.get(kanji, kanji)
        same = simplified.get(_simplified(kanji), [])
        if len(same) == 1:
            return same[0]
        own = _convert("t2jp", _convert("s2t", kanji))
        return own if japanese and _in_japanese(own) else kanji

    return lambda answer: _KANJI.sub(lambda match: form(match.group()), answer)


def _simplified(kanji: str) -> str:
    return _convert("t2s", _convert("jp2t", kanji))


@cache
def _in_japanese(kanji: str) -> bool:
    """Whether JIS X 0213 has it."""
    try:
        kanji.encode("shift_jis_2004")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _convert(direction: str, kanji: str) -> str:
    return str(_converter(direction).convert(kanji))


@cache
def _converter(direction: str) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(direction)
