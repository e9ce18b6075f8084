"""Whether a gap in a line of speech lies inside of a word, and what the recogniser said twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pipelines.japanese.tokens import morphemes

WINDOW = 16
"""Characters on each side of a gap that are looked at."""
LONGEST_PIECE = 8

_KANJI = "々\u3400-\u9fff"
_CONTENT = re.compile(f"[{_KANJI}ァ-ヺー]")
_NUMERALS = re.compile("[〇零一二三四五六七八九十百千万億兆]+")
# What only ever follows an inflected stem, by its first letters: a cheap look before Sudachi's.
_ENDING = r"(?:て|た|ま[すしせ]|な[いくかけ]|ば|ちゃ|ちま|つつ|ながら)"
_ENDING_AHEAD = re.compile(_ENDING)
_MAY_BE_CUT = re.compile(
    rf"[ぁ-ゖ]\0{_ENDING}|[んい]\0[でだ]"
    rf"|[{_KANJI}ァ-ヺー]\0(?:し|す[るれ]|さ[れせ]|でき)"
    rf"|[てで]\0(?:い[るたてまなくけ]|お[りる]|しま[いうっ])"
    rf"|[{_KANJI}ァ-ヺー]\0[的系型化性]|[{_KANJI}]\0[{_KANJI}]"
)
_SUFFIXES = ("的", "系", "型", "化", "性")
_INFLECTED = ("連用形", "未然形", "仮定形")
_SUPPORTING = ("いる", "おる", "しまう")


class _Word(NamedTuple):
    surface: str
    start: int
    end: int
    kind: tuple[str, ...]
    dictionary_form: str
    unknown: bool


def may_be_cut(left: str, right: str) -> bool:
    """Whether `is_cut` could say yes: looks at the letters around the gap alone."""
    return _MAY_BE_CUT.search(f"{left[-1:]}\0{right[:4]}") is not None


@lru_cache(maxsize=1 << 14)
def is_cut(left: str, right: str) -> bool:
    """Whether a gap lies inside of a word or before the ending that belongs to it.

    So it is between a stem and its ending (使用し ましたが), between a noun and する (説明 した) or
    的 and 系, between て and いる, and inside of a word of kanji that the dictionary has (提 供).
    Before other particles and words it is a pause of the speaker, or characters are missing there.

    Args:
        left: Letters before the gap, without white space or punctuation.
        right: Letters behind it, the same.
    """
    words = _words(left + right)
    border = len(left)
    before = next((word for word in words if word.end == border), None)
    after = next((word for word in words if word.start == border), None)
    if before is None or after is None:
        across = next((word for word in words if word.start < border < word.end), None)
        inside = across is not None and not across.unknown
        return inside and _is_kanji(left[-1]) and _is_kanji(right[0])
    return (
        _is_ending(before, after)
        or (before.kind[2] == "サ変可能" and after.dictionary_form in ("する", "できる"))
        or (before.kind[1] == "接続助詞" and after.dictionary_form in _SUPPORTING)
        or (
            before.kind[0] == "名詞"
            and after.kind[0] == "接尾辞"
            and after.surface.startswith(_SUFFIXES)
        )
    )


def _is_ending(before: _Word, after: _Word) -> bool:
    """Whether `after` completes the inflected form that `before` is."""
    return (
        before.kind[0] in ("動詞", "助動詞", "形容詞")
        and before.surface not in ("で", "に", "な", "と")
        and before.kind[5].startswith(_INFLECTED)
        and (
            after.kind[0] == "助動詞"
            or after.kind[1] == "接続助詞"
            or after.surface in ("たり", "だり")
        )
    )


def repeated_piece(left: str, right: str) -> int:
    """Length of the longest piece that ends `left` and begins `right`, at most 8; 0 if none."""
    for length in range(min(LONGEST_PIECE, len(left), len(right)), 0, -1):
        if left.endswith(right[:length]):
            return length
    return 0


@lru_cache(maxsize=1 << 14)
def is_said_once(left: str, right: str, length: int) -> bool:
    """Whether the piece that stands on both sides of a gap was said once, and was cut there.

    So it is when the piece is no word by itself on one of the sides: デー データ, 知識 識という,
    によっ よって, 対し して; and with を を. A word that is said twice stays, be it one of those
    that Japanese doubles (いろ いろ, はい はい) or the speaker's own repetition (公開 公開します).

    Args:
        left: Letters before the gap, without white space or punctuation.
        right: Letters behind it, the same.
        length: Of the piece, from 1.
    """
    piece = right[:length]
    if length == 1 and "ぁ" <= piece <= "ゖ" and piece not in "っし":
        return piece == "を"  # 育て|て, 現れ|れば, こ|こに: a letter is easily there twice
    before, after = _words(left)[-1], _words(right)[0]
    if _NUMERALS.fullmatch(piece) and _NUMERALS.fullmatch(after.surface):
        return False
    is_function = after.kind[0] in ("助詞", "助動詞")
    cut_left = (
        before.surface == piece
        and len(after.surface) > length
        and before.kind[0] not in ("助詞", "助動詞")
        and _CONTENT.search(piece) is not None
        and not after.unknown
    )
    cut_right = (
        len(before.surface) > length
        and len(after.surface) == length
        and not is_function
        and not (before.unknown and after.kind[0] == "名詞" and length > 2)
    )
    cut_stem = (
        before.kind[0] in ("動詞", "助動詞")
        and before.kind[5].startswith("連用形")
        and _ENDING_AHEAD.match(right, length) is not None
    )
    return cut_left or cut_right or cut_stem


def _words(text: str) -> Sequence[_Word]:
    return [_word(morpheme) for morpheme in morphemes(text, "C")]


def _word(morpheme: Any) -> _Word:
    return _Word(
        morpheme.surface(),
        morpheme.begin(),
        morpheme.end(),
        morpheme.part_of_speech(),
        morpheme.dictionary_form(),
        morpheme.is_oov(),
    )


def _is_kanji(letter: str) -> bool:
    return letter == "々" or "\u3400" <= letter <= "\u9fff"
