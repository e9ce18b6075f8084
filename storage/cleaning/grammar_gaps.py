"""Kana of grammar that a recogniser dropped, put back where the sentence is no Japanese without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.japanese.tokens import morphemes, path_cost
from storage.cleaning.edit import Change
from storage.cleaning.heard_words import GAPS
from storage.cleaning.negations import negations
from storage.cleaning.prose import prose
from storage.cleaning.step import CleaningStep

# What recognisers drop and grammar alone can give back; the likelier first, for equal costs.
_KANA = ("て", "う", "る", "っ", "い", "と", "た", "さ", "の", "れ", "し", "ん", "に", "わ", "く",
         "うに", "いう")  # fmt: skip
_HIRAGANA = re.compile("[ぁ-ん]")
# A clause as it is searched: what is between marks and brackets.
_CLAUSE = re.compile('[^。、！？!?…「」『』“”"（）()\\[\\]]+')
# How a word is read, behind it: no sentence.
_READING = re.compile("[（(][ぁ-ゖー、・\\s]+[）)]")
# Characters that are read on both sides of a place.
_AROUND = 10
# Where a stretch of this length costs less than so much a character, nothing is missing in it; that
# leaves out half of a text and 2 % of what is found (docs/cleaning.md).
_STRETCH, _STEP, _SOUND = 12, 6, 1868
_GRAMMAR = ("助詞", "助動詞", "動詞", "形容詞", "接続詞", "形状詞")
# Nouns that mean nothing of their own.
_FORMAL = ("ふう", "こと", "もの", "よう", "とき", "ところ", "その")
_REASON = "no likely sentence without it"


class GrammarGapsSettings(ComponentSettings):
    """Puts back single kana of grammar that were dropped: かなっいうふうに → かなっていうふうに.

    A place is repaired where the cost of Sudachi's best path through the words around it falls by
    `least` or more: the dictionary's costs, of words and of what may follow what, say how unlikely
    a sentence is, and few sentences are unlikelier than those that lack a piece of grammar. Only a
    particle, an ending, a verb or a noun like こと may take the kana. Never made: any other noun, a
    negation, and ている out of てる, which people say.

    Lower values of `least` repair more and err more (docs/cleaning.md).
    """

    kind: Literal["grammar_gaps"] = "grammar_gaps"
    least: int = Field(default=7000, ge=1000)

    def build(self) -> CleaningStep:
        """The step."""
        return GrammarGapsStep(self.least)


class GrammarGapsStep:
    """See GrammarGapsSettings."""

    name = "grammar_gaps"

    def __init__(self, least: int) -> None:
        self._least = least

    def changes(self, text: str) -> list[Change]:
        """An insertion a dropped piece, before the gap if there is one."""
        return [
            change
            for start, end in prose(text)
            for clause in _clauses(text, start, end)
            for change in self._of_clause(text, *clause)
        ]

    def _of_clause(self, text: str, start: int, end: int) -> list[Change]:
        # Each letter with its place in the text; None for one that was put back.
        places: list[int | None] = [at for at in range(start, end) if text[at] not in GAPS]
        letters = "".join(text[at] for at in places if at is not None)
        # Each round makes the clause likelier by `least`, so that the rounds end.
        while (best := self._best(letters)) is not None:
            at, kana = best
            letters = letters[:at] + kana + letters[at:]
            places[at:at] = [None] * len(kana)
        return list(_insertions(letters, places))

    def _best(self, letters: str) -> tuple[int, str] | None:
        """The place and the kana that make the clause likelier than any other; None if none does
        by enough."""
        found: tuple[int, int, str] | None = None
        for at in _unlikely_places(letters):
            left, right = letters[max(0, at - _AROUND) : at], letters[at : at + _AROUND]
            cost = path_cost(left + right)
            for kana in _KANA:
                gain = cost - path_cost(left + kana + right)
                if (
                    gain >= self._least
                    and (found is None or gain > found[0])
                    and _is_grammar(left, kana, right)
                ):
                    found = gain, at, kana
        return found and found[1:]


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The clauses of a stretch of prose, in order, without readings in brackets."""
    at = start
    for reading in _READING.finditer(text, start, end):
        yield from (clause.span() for clause in _CLAUSE.finditer(text, at, reading.start()))
        at = reading.end()
    yield from (clause.span() for clause in _CLAUSE.finditer(text, at, end))


def _insertions(letters: str, places: Sequence[int | None]) -> Iterator[Change]:
    """A change a run of letters that were put back, right behind the letter before it."""
    behind = 0
    for own, run in groupby(zip(letters, places, strict=True), lambda pair: pair[1] is not None):
        pairs = list(run)
        kana = "".join(letter for letter, _ in pairs)
        if own:
            behind = (pairs[-1][1] or 0) + 1
        else:
            yield Change(behind, behind, kana, _REASON)


def _unlikely_places(letters: str) -> Iterator[int]:
    """Places beside hiragana in stretches that cost much."""
    done = 1
    for start in range(0, len(letters), _STEP):
        stretch = letters[start : start + _STRETCH]
        if len(stretch) < 3 or path_cost(stretch) < _SOUND * len(stretch):
            continue
        for at in range(max(done, start), min(len(letters), start + _STRETCH)):
            if _HIRAGANA.match(letters[at - 1]) or _HIRAGANA.match(letters[at]):
                yield at
            done = at + 1


def _is_grammar(left: str, kana: str, right: str) -> bool:
    """Whether the kana make grammar and nothing else; see GrammarGapsSettings."""
    if kana == "い" and left[-1] in "てで":
        return False
    after = morphemes(left + kana + right)
    at = len(left)
    taking = [word for word in after if word.end() > at and word.begin() < at + len(kana)]
    return all(
        w.part_of_speech()[0] in _GRAMMAR or w.surface() in _FORMAL for w in taking
    ) and negations(left + right) == negations(left + kana + right)
