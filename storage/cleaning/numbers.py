"""Numbers in kanji, with the same number in digits behind them."""

from __future__ import annotations

import re
from typing import Literal

from pipelines.component import ComponentSettings
from pipelines.japanese.numbers import WELL_FORMED, with_digits
from pipelines.japanese.tokens import morphemes
from storage.cleaning.edit import Change
from storage.cleaning.settling import settled
from storage.cleaning.step import CleaningStep

_DIGIT = "一二三四五六七八九"
_PLAIN = f"〇零{_DIGIT}"
_ALL = f"{_PLAIN}十百千万億兆"
# Digit by digit: only with a zero (一〇五) or as a year, because 四五人 are four or five.
_BY_DIGIT = re.compile(rf"(?=[{_DIGIT}]*[〇零])[{_PLAIN}]{{2,}}|[{_PLAIN}]{{4}}(?=年)")
_MEASURES = "メートル|キロ|センチ|ミリ|グラム|トン|リットル|パーセント|ポイント|%|倍|秒|億|平方"
_POINT = re.compile(
    rf"(?:[{_ALL}]+点|[〇零]。|[{_ALL}]+。(?=[{_PLAIN}]{{2}}|[{_PLAIN}](?:{_MEASURES})))[{_PLAIN}]+"
)
_NUMERALS = re.compile(
    rf"(?<![{_ALL}数何幾\d０-９.．点。])[{_ALL}](?:[{_ALL}]|[点。](?=[{_PLAIN}]))+"
)
_GIVEN = re.compile(r"\s*[（(]\s*\d")
_REASON = "digits added to a number in kanji"
_CONTEXT = 8
_COUNTERS = ("日", "歳", "人", "分")


class NumbersSettings(ComponentSettings):
    """Adds the digits behind a number of two or more kanji: 五百億（500億）, 十一点六（11.6）.

    The number itself stays. Not a default: search by words reads 五百億 and 500億 alike already
    (`SudachiTokenizerSettings`), so this is for embeddings and for readers, and it makes the text
    longer. A numeral alone (一つ, 万一), an approximate number (数十万, 四五人) and what is part of
    a word or a name (五十嵐, 八百屋) get none.
    """

    kind: Literal["numbers"] = "numbers"

    def build(self) -> CleaningStep:
        """The step."""
        return NumbersStep()


class NumbersStep:
    """See NumbersSettings."""

    name = "numbers"

    def changes(self, text: str) -> list[Change]:
        """An insertion a number."""
        return settled(text, _added)


def _added(said: str) -> list[Change]:
    return [
        Change(found[0], found[0], f"（{found[1]}）", _REASON)
        for match in _NUMERALS.finditer(said)
        if (found := _number(said, match.start(), match.end()))
        and not _GIVEN.match(said, found[0])
        and not _GIVEN.match(said, match.end())
        and said[match.start() - 1 : match.start()] not in ("（", "(")
        and _stands_alone(said, match.start(), found[0])
    ]


def _number(text: str, start: int, end: int) -> tuple[int, str] | None:
    """Where the number ends that a run of numerals is, and its digits; None if it is none."""
    point = _POINT.match(text, start, end + 4)
    if point is None:
        end = next((place for place in range(start, end) if text[place] in "点。"), end)
        by_digit = _BY_DIGIT.match(text, start, end + 1)
        if end - start < 2 or not (
            WELL_FORMED.fullmatch(text, start, end) or (by_digit and by_digit.end() == end)
        ):
            return None
    elif text.startswith("点", point.end()):  # 一点一点: one by one
        return None
    # Digits stand for a numeral where something is counted by it: here 年 takes that place.
    return end, with_digits(text[start:end] + "年", myriads=True).removesuffix("年")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no word that Sudachi finds goes beyond the number, but by a counter (三十日)."""
    before = re.split(r"[\s。、]", text[max(0, start - _CONTEXT) : start])[-1]
    begin, finish = len(before), len(before) + end - start
    window = before + text[start : end + _CONTEXT]
    return all(
        begin <= word.begin() and (word.end() <= finish or window[finish : word.end()] in _COUNTERS)
        for word in morphemes(window, "C")
        if word.begin() < finish and word.end() > begin
    )
