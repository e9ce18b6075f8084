"""The phrases of a sentence that a question may ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from evals.synthesis.language import Language
from evals.synthesis.telling_words import TellingWords, is_function_word
from pipelines.japanese.tokens import morphemes

# In characters; a longer phrase is hardly ever said again in the same words.
SHORTEST, LONGEST = 2, {"ja": 25, "en": 60}
_NOUNS = {"名詞", "接頭辞", "接尾辞"}
_NO_COUNT = {"一つ", "一度", "一回", "1つ", "二つ", "三つ"}
_UNIT = re.compile(r"[a-zA-Z]{1,3}[23]?")
_POINTS = "。.・点"
_QUOTED = re.compile(r"「([^「」]{2,25})」|『([^『』]{2,25})』|\"([^\"]{2,60})\"|“([^“”]{2,60})”")
_EN_WORD = re.compile(r"[^\W_]+(?:[.,'’\-/:%°][^\W_]+)*[%°]?")
_NP_BEFORE = re.compile(r"a|an|the|of|in|on|at|by|for|with|from|to|into|under|over|as")


def answer_phrases(sentence: str, language: Language, words: TellingWords) -> list[str]:
    """Phrases that stand in a sentence, in its order, each once: the best kind that it has.

    The best kind are numbers with what they count, names, quoted terms and compounds; without any,
    single nouns that tell something. Phrases in Japanese are runs of Sudachi's nouns; in English
    runs of words between function words (the candidates of RAKE, Rose et al. 2010), told to be noun
    phrases by a capital, a digit, or the article or preposition before them.
    """
    quoted = [next(filter(None, found)) for found in _QUOTED.findall(sentence)]
    found = list(_japanese(sentence) if language == "ja" else _english(sentence))
    special = [*quoted, *(phrase for phrase, is_special in found if is_special)]
    plain = [phrase for phrase, _ in found if words.of(phrase)]
    for kind in (special, plain):
        fitting = [one for one in kind if SHORTEST <= len(one) <= LONGEST[language]]
        if fitting:
            return list(dict.fromkeys(fitting))
    return []


def _japanese(sentence: str) -> Iterator[tuple[str, bool]]:
    """Runs of nouns, and whether a run is a number, a name or a compound."""
    run: list[Any] = []
    found = list(morphemes(sentence, "C"))
    for place, morpheme in enumerate(found):
        if _is_noun(morpheme) or (run and _joins_numbers(found, place)):
            run.append(morpheme)
        else:
            yield from _run(sentence, run)
            run = []
    yield from _run(sentence, run)


def _run(sentence: str, run: Sequence[Any]) -> Iterator[tuple[str, bool]]:
    if not run:
        return
    kinds = [tuple(morpheme.part_of_speech()) for morpheme in run]
    phrase = sentence[run[0].begin() : run[-1].end()]
    numbers = sum(_is_numeral(morpheme) for morpheme in run)
    counted = numbers and (numbers < len(run) or len(phrase) > 2) and phrase not in _NO_COUNT
    named = any(kind[1] == "固有名詞" for kind in kinds) and not _UNIT.fullmatch(phrase)
    nouns = sum(kind[0] == "名詞" and kind[2] != "副詞可能" for kind in kinds)
    if any(kind[2] != "副詞可能" for kind in kinds):
        yield phrase, bool(counted) or named or (nouns > 1 and not numbers)


def _is_noun(morpheme: Any) -> bool:
    kind = morpheme.part_of_speech()
    return (kind[0] in _NOUNS and kind[1] != "助動詞語幹") or _is_numeral(morpheme)


def _is_numeral(morpheme: Any) -> bool:
    return bool(morpheme.part_of_speech()[1] == "数詞" or morpheme.surface() == "〇")


def _joins_numbers(found: Sequence[Any], place: int) -> bool:
    """Whether a mark or a space belongs to a number: 十一。六, 38 km, 六分の一."""
    if place + 1 == len(found):
        return False
    before, here, after = found[place - 1], found[place].surface(), found[place + 1]
    if here in _POINTS:
        return _is_numeral(before) and _is_numeral(after)
    if here == "の":
        return bool(before.surface() == "分" and _is_numeral(after))
    return bool(here.isspace() and _is_numeral(before) and _is_noun(after))


def _english(sentence: str) -> Iterator[tuple[str, bool]]:
    """Runs of content words, and whether a run has a digit or a name."""
    matches = list(_EN_WORD.finditer(sentence))
    run: list[re.Match[str]] = []
    before = ""
    for match in [*matches, None]:
        gap = sentence[run[-1].end() : match.start()] if run and match else ""
        content = match is not None and not is_function_word(match[0])
        if content and match is not None and (not run or not gap.strip()):
            if not run:
                before = _word_before(sentence, match.start())
            run.append(match)
            continue
        if run:
            yield from _english_run(sentence, run, before)
        run, before = [], ""
        if content and match is not None:
            run = [match]
            before = _word_before(sentence, match.start())


def _english_run(
    sentence: str, run: Sequence[re.Match[str]], before: str
) -> Iterator[tuple[str, bool]]:
    digits = [n for n, word in enumerate(run) if word[0][0].isdigit()]
    if digits:
        # A number with the word that it counts; a short one alone counts nothing.
        first = digits[0]
        last = min(first + 1, len(run) - 1)
        phrase = sentence[run[first].start() : run[last].end()]
        if last > first or len(phrase) > 2:
            yield phrase, True
        return
    capitals = [n for n, word in enumerate(run) if word[0][0].isupper() and word.start() > 0]
    if capitals:
        yield sentence[run[capitals[0]].start() : run[capitals[-1]].end()], True
    elif _NP_BEFORE.fullmatch(before) and len(run) <= 3:
        yield sentence[run[0].start() : run[-1].end()], len(run) > 1


def _word_before(sentence: str, position: int) -> str:
    words = _EN_WORD.findall(sentence[:position])
    return words[-1].lower() if words else ""
