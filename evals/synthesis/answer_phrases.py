"""The phrases of a sentence that a question may ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from evals.synthesis.language import Language
from evals.synthesis.telling_words import is_function_word
from pipelines.japanese.tokens import morphemes

# In characters; a longer phrase is hardly ever said again in the same words.
SHORTEST, LONGEST = 2, {"ja": 25, "en": 60}
_NOUNS = {"名詞", "接頭辞", "接尾辞"}
_NO_COUNT = {"一つ", "一度", "一回", "1つ", "二つ", "三つ"}
_TOPIC = re.compile(
    r"(?:\([^()]*\))?(?:は|も|:|\s*\d|って|なんですが|っていうのは|というのは|とは)"
)
_UNIT = re.compile(r"[a-zA-Z]{1,3}[23]?")
_POINTS = "。.・点"
_QUOTED = re.compile(r"「([^「」]{2,25})」|『([^『』]{2,25})』|\"([^\"]{2,60})\"|“([^“”]{2,60})”")
_EN_WORD = re.compile(r"[^\W_]+(?:[.,'’\-/:%°⁄][^\W_]+)*[%°]?")
# What NFKC makes of ½: 6½ becomes 61⁄2, another number.
_FRACTION = "⁄"
_NP_BEFORE = re.compile(r"a|an|the|of|in|on|at|by|for|with|from|to|into|under|over|as")


def answer_phrases(sentence: str, language: Language) -> list[str]:
    """Phrases that stand in a sentence, in its order, each once.

    They are numbers with what they count, dates, names, quoted terms and compounds, none of which
    the sentence is about: は or a colon behind a phrase makes it the topic, and to ask for it a
    riddle.
    Phrases in Japanese are runs of Sudachi's nouns; in English runs of words between function words
    (the candidates of RAKE, Rose et al. 2010), told to be noun phrases by a capital, a digit, or
    the article or preposition before them.
    """
    quoted = [next(filter(None, found)) for found in _QUOTED.findall(sentence)]
    found = [*quoted, *(_japanese(sentence) if language == "ja" else _english(sentence))]
    return [
        phrase
        for phrase in dict.fromkeys(found)
        if SHORTEST <= len(phrase) <= LONGEST[language]
        and _FRACTION not in phrase
        and not _TOPIC.match(sentence, sentence.index(phrase) + len(phrase))
    ]


def _japanese(sentence: str) -> Iterator[str]:
    """Runs of nouns that are a number, a name or a compound, and no item of a list."""
    runs: list[list[Any]] = [[]]
    found = list(morphemes(sentence, "C"))
    for place, morpheme in enumerate(found):
        if _is_noun(morpheme) or (runs[-1] and _joins_numbers(found, place)):
            runs[-1].append(morpheme)
        elif runs[-1]:
            runs.append([])
    runs = [run for run in runs if run]
    listed = [
        sentence[before[-1].end() : after[0].begin()] == "、" for before, after in pairwise(runs)
    ]
    for run, follows, is_followed in zip(runs, [False, *listed], [*listed, False], strict=True):
        if not (follows or is_followed):
            yield from _run(sentence, run)


def _run(sentence: str, run: Sequence[Any]) -> Iterator[str]:
    numerals = [place for place, morpheme in enumerate(run) if _is_numeral(morpheme)]
    if numerals:
        run = _counted(run, numerals)
        phrase = sentence[run[0].begin() : run[-1].end()].strip()
        if len(phrase) > 1 and phrase not in _NO_COUNT:
            yield phrase
        return
    kinds = [tuple(morpheme.part_of_speech()) for morpheme in run]
    nouns = sum(kind[0] == "名詞" and kind[2] != "副詞可能" for kind in kinds)
    phrase = sentence[run[0].begin() : run[-1].end()].split("(")[0]
    # Of the names of two letters that Sudachi sees in a recogniser's text most are none.
    named = any(kind[1] == "固有名詞" for kind in kinds) and len(phrase) > 2
    if (nouns > 1 or named) and not _UNIT.fullmatch(phrase):
        yield phrase


def _counted(run: Sequence[Any], numerals: Sequence[int]) -> Sequence[Any]:
    """Of a run with numerals, these with what they count: 九百立方メートル, 第七回, 二千年の一月.

    A name that has a numeral in it (二ノ柳堰) stays whole, also one that ends in it (地点三).
    """
    if any(morpheme.surface() == "ノ" for morpheme in run):
        return run
    end = counted = numerals[-1] + 1
    while end < len(run) and run[end].surface().isspace():
        end += 1
    while end < len(run) and _is_counter(run[end]):
        end += 1
        counted = end
    if counted == numerals[-1] + 1:
        return run[: end + 1] if numerals[0] == 0 else run[:counted]
    end, start = counted, numerals[0]
    while start > 0 and run[start - 1].part_of_speech()[0] == "接頭辞":
        start -= 1
    return run[start:end]


def _is_counter(morpheme: Any) -> bool:
    kind = morpheme.part_of_speech()
    return bool(
        kind[2] == "助数詞可能"
        or kind[0] == "接尾辞"
        or morpheme.surface() in ("平方", "立方")
        or _UNIT.fullmatch(morpheme.surface())
    )


def _is_noun(morpheme: Any) -> bool:
    kind = morpheme.part_of_speech()
    return (kind[0] in _NOUNS and kind[1] != "助動詞語幹") or _is_numeral(morpheme)


def _is_numeral(morpheme: Any) -> bool:
    return bool(morpheme.part_of_speech()[1] == "数詞" or morpheme.surface() == "〇")


def _joins_numbers(found: Sequence[Any], place: int) -> bool:
    """Whether a mark belongs to a number, a date or a name: 十一。六, 38 km, 六分の一, 二ノ柳堰."""
    if place + 1 == len(found):
        return False
    before, here, after = found[place - 1], found[place].surface(), found[place + 1]
    if here in _POINTS:
        return _is_numeral(before) and _is_numeral(after)
    if here in ("の", "ノ"):
        parts = before.surface() in ("分", "年", "月") and _is_numeral(after)
        return bool(parts or (here == "ノ" and _is_noun(after)))
    return bool(here.isspace() and _is_numeral(before) and _is_noun(after))


def _english(sentence: str) -> Iterator[str]:
    """Runs of content words that have a digit, a name, or look like a noun phrase."""
    run: list[re.Match[str]] = []
    before = last = ""
    for match in _EN_WORD.finditer(sentence):
        content = not is_function_word(match[0])
        joined = bool(run) and not sentence[run[-1].end() : match.start()].strip()
        if not (content and joined):
            yield from _english_run(sentence, run, before)
            run, before = [], last
        if content:
            run.append(match)
        last = match[0].lower()
    yield from _english_run(sentence, run, before)


def _english_run(sentence: str, run: Sequence[re.Match[str]], before: str) -> Iterator[str]:
    digits = [n for n, word in enumerate(run) if word[0][0].isdigit()]
    if digits:
        # A number with the word that it counts; a short one alone counts nothing.
        first = digits[0]
        last = min(first + 1, len(run) - 1)
        phrase = sentence[run[first].start() : run[last].end()]
        if last > first or len(phrase) > 2:
            yield phrase
        return
    capitals = [n for n, word in enumerate(run) if word[0][0].isupper() and word.start() > 0]
    if capitals:
        yield sentence[run[capitals[0]].start() : run[capitals[-1]].end()]
    elif 1 < len(run) <= 3 and _NP_BEFORE.fullmatch(before):
        yield sentence[run[0].start() : run[-1].end()]
