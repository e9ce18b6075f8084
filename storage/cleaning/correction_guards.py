"""Which of a model's corrections of a sentence may be made: what sounds like what was heard."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.japanese.numbers import numbers_in
from pipelines.japanese.readings import MoraTokenizerSettings
from pipelines.japanese.tokens import unified
from storage.cleaning.edit import Change
from storage.cleaning.mora_similarity import mora_similarity
from storage.cleaning.negations import negations

_MORAE = MoraTokenizerSettings().build()
_KANA = re.compile("[ぁ-ゖー]{1,3}")
# A rewritten sentence is shorter or longer than so many times the one that was heard.
_SHORTEST, _LONGEST, _SLACK = 0.75, 1.3, 3
# Equal letters between two differences that make one of them.
_BETWEEN = 1


@dataclass(frozen=True)
class Guarded:
    """The changes that may be made, counted from the sentence's start, and why others may not."""

    changes: tuple[Change, ...]
    rejected: tuple[str, ...]


def guarded(heard: str, corrected: str, least: float) -> Guarded:
    """Judge what a model made of a sentence.

    Rejected as a whole is what changes a number or the number of negations, and what adds or drops
    a good part of the sentence. Then each difference stands for itself: a replacement must sound
    like what it replaces, an addition may be up to three kana, and what is dropped must stand
    beside itself. Differences in spaces and punctuation are left out.

    Args:
        heard: The sentence as the recogniser wrote it.
        corrected: As the model wrote it.
        least: How alike a replacement must sound, see `mora_similarity`.
    """
    if why := _unfaithful(heard, corrected):
        return Guarded((), (why,))
    changes: list[Change] = []
    rejected: list[str] = []
    for start, end, first, last in _differences(heard, corrected):
        was, is_ = heard[start:end], corrected[first:last]
        if not _letters(was) and not _letters(is_):
            continue
        if why := _unlike(was, is_, heard[:start], heard[end:], least):
            rejected.append(why)
        else:
            changes.append(Change(start, end, is_, "the language model's, and it sounds alike"))
    return Guarded(tuple(changes), tuple(rejected))


def _unfaithful(heard: str, corrected: str) -> str:
    """Why a sentence is no correction of another; "" if it may be one."""
    before, after = len(_letters(heard)), len(_letters(corrected))
    if not after:
        return "nothing was written"
    if after > _LONGEST * before + _SLACK:
        return "adds content"
    if after < _SHORTEST * before - _SLACK:
        return "drops content"
    if numbers_in(heard) != numbers_in(corrected):
        return "changes a number"
    if negations(unified(heard)) != negations(unified(corrected)):
        return "turns a negation"
    return ""


def _unlike(was: str, is_: str, before: str, behind: str, least: float) -> str:
    """Why a difference may not be made; "" if it may."""
    if not was.strip():
        return "" if _KANA.fullmatch(is_) else "adds content"
    if not is_.strip():
        twice = before.endswith(was) or behind.startswith(was)
        return "" if twice else "drops content"
    sounds = mora_similarity(_MORAE.tokenize(was), _MORAE.tokenize(is_))
    return "" if sounds >= least else "sounds otherwise"


def _differences(heard: str, corrected: str) -> list[tuple[int, int, int, int]]:
    """(start, end) of each difference in both, in order; near ones are one."""
    found: list[tuple[int, int, int, int]] = []
    matcher = SequenceMatcher(None, heard, corrected, autojunk=False)
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind == "equal":
            continue
        if found and start - found[-1][1] <= _BETWEEN:
            start, first = found[-1][0], found[-1][2]
            found.pop()
        found.append((start, end, first, last))
    return found


def _letters(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in "LNM")
