"""The terms of a question that are listened for: runs of nouns, and how they may be said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.japanese.interrogatives import INTERROGATIVES
from pipelines.japanese.readings import MoraTokenizer, word_morae
from pipelines.japanese.tokens import morphemes, unified

# 推論時スケーリング, 0.6ビリオン, SWE-agent; not それ (代名詞), こと (補助的) or 何 (疑問).
_TERM_PARTS = ("名詞", "接頭辞", "接尾辞", "形状詞")
_EMPTY_WORDS = INTERROGATIVES | frozenset(
    {"こと", "もの", "とき", "ところ", "事", "物", "者", "為", "時", "所", "場合", "方", "中", "内"}
    | {"名前", "理由"}
)
_JOINTS = frozenset("-‐・@+#.")
_LEAST_MORAE = 2
# Phrases of several terms are listened for as a whole, too, if they are short.
_PHRASE_MORAE = 14


@dataclass(frozen=True)
class SoundingTerm:
    """A term as it stands in the question, and the ways in which it may be said, as morae."""

    text: str
    ways: tuple[tuple[str, ...], ...]


def sounding_terms(question: str, tokenizer: MoraTokenizer) -> list[SoundingTerm]:
    """The terms of a question, in order, each once; those of a single mora are left out.

    A short question of several terms is one as a whole, too.
    """
    found: dict[str, SoundingTerm] = {}
    words = list(morphemes(unified(question)))
    runs = [*noun_runs(words)]
    everything = tokenizer.tokenize(question)
    if len(everything) <= _PHRASE_MORAE and len(runs) > 1:
        runs.append(words)
    for run in runs:
        text = "".join(word.surface() for word in run)
        ways = [tuple(tokenizer.fold(way)) for way in _ways(run)]
        ways = [way for way in ways if len(way) >= _LEAST_MORAE]
        if ways:
            found.setdefault(text, SoundingTerm(text, tuple(dict.fromkeys(ways))))
    return list(found.values())


def noun_runs(words: Sequence[Any]) -> Iterator[list[Any]]:
    """Runs of Sudachi's morphemes that are nouns or part of one, in order."""
    run: list[Any] = []
    for word in words:
        if _is_term(word) or (run and word.surface() in _JOINTS):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _is_term(word: Any) -> bool:
    forms = {word.surface(), word.normalized_form()}
    return word.part_of_speech()[0] in _TERM_PARTS and not forms & _EMPTY_WORDS


def _ways(words: Sequence[Any]) -> list[list[str]]:
    """How the words may be said one after another: all in their first way, all in their second."""
    said = [ways for word in words if (ways := word_morae(word))]
    most = max((len(ways) for ways in said), default=0)
    return [[mora for ways in said for mora in ways[min(i, len(ways) - 1)]] for i in range(most)]
