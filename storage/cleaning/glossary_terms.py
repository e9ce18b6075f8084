"""Terms for a glossary, from documents that are written as they should be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.japanese.sounding_terms import noun_runs
from pipelines.japanese.tokens import morphemes, unified
from storage.cleaning.glossary_file import glossary_term
from storage.cleaning.prose import prose

_KATAKANA, _LATIN = re.compile("[ァ-ヴー・]{3,}"), re.compile("[A-Za-z][A-Za-z0-9.+-]+")
_LONGEST = 24


@dataclass(frozen=True)
class CountedTerm:
    """A term as it is mostly written, and how often it stands in the documents."""

    text: str
    count: int


def terms_of(texts: Iterable[str], least_count: int, least_morae: int) -> list[CountedTerm]:
    """Terms that stand somewhere at least `least_count` times, the most frequent first.

    A term is a run of nouns: a compound, a katakana word or a Latin one. A single word of the
    dictionary in kanji is none: it is said in too many places. What has fewer than `least_morae`
    is left out, since it would only be proposed.
    """
    counted: Counter[str] = Counter()
    for text in texts:
        for start, end in prose(text):
            for run in noun_runs(list(morphemes(unified(text[start:end])))):
                word = "".join(one.surface() for one in run)
                if _is_term(word, run):
                    counted[word] += 1
    return [
        CountedTerm(word, count)
        for word, count in counted.most_common()
        if count >= least_count
        and max(map(len, glossary_term(word).ways), default=0) >= least_morae
    ]


def _is_term(word: str, run: Sequence[Any]) -> bool:
    if len(word) > _LONGEST or not word[-1].isalnum() or run[0].part_of_speech()[1] == "数詞":
        return False
    if _KATAKANA.fullmatch(word) or _LATIN.fullmatch(word):
        return True
    return len(run) > 1
