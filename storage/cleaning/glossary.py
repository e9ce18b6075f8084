"""Terms of a glossary put in the place of what a recogniser heard in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipelines.component import ComponentSettings, fingerprint
from pipelines.errors import ConfigError
from pipelines.japanese.tokens import normalize
from pipelines.llms.protocol import ContinuationScorer
from storage.cleaning.edit import Change
from storage.cleaning.glossary_file import GlossaryTerm, read_glossary
from storage.cleaning.heard_words import HeardWord, heard_words
from storage.cleaning.likelihood import Gain, likelihood_gain
from storage.cleaning.prose import prose
from storage.cleaning.sound_matches import SoundIndex

# Between clauses nothing is heard as one word, and Sudachi reads no more at once.
_CLAUSE = re.compile("[^。、！？!?…「」『』（）()\n]{1,4000}")
_LATIN, _KANA = re.compile("[A-Za-z]"), re.compile(r"[ァ-ヴー・\d\s]+")
_DIGITS, _NUMERALS = re.compile(r"\d+"), re.compile("[\\d〇零一二三四五六七八九十百千万億兆]")
# Kinds of words that a misheard term is made of; it neither begins nor ends with any other.
_PARTICLES = ("助詞", "助動詞")
_BORDER = HeardWord(0, 0, "", (), "")


class GlossarySettings(ComponentSettings):
    """Corrects what sounds like a term of a glossary and is written otherwise: 教科学習 → 強化学習.

    `path` names the glossary (docs/cleaning.md). What stands under a term's `misheard` is corrected
    wherever it stands. Anything else is a run of whole words that sounds like the term to at least
    `least` (1: the same). Only proposed, not made, are terms of fewer than `sure_morae` morae,
    because many words sound alike that are that short, what is alike to at least `proposed`, and
    a term with a number that is not written there (Qwen3 for クエン酸). Never: another number,
    another way to write the term itself (トランスフォーマー for Transformer), and a stretch that
    holds a term of the glossary.

    `check: likelihood` asks the language model about what is only proposed: it is made where the
    words around it are likelier with the term by `least_gain` nats.
    """

    kind: Literal["glossary"] = "glossary"
    path: str = Field(min_length=1)
    least: float = Field(default=0.8, gt=0, le=1)
    proposed: float = Field(default=0.65, gt=0, le=1)
    sure_morae: int = Field(default=5, ge=2)
    check: Literal["sound", "likelihood"] = "sound"
    least_gain: float = 3.0

    def asks_llm(self) -> bool:
        """Whether the language model is asked about what is only proposed."""
        return self.check == "likelihood"

    def build(self, llm: ContinuationScorer | None = None) -> GlossaryStep:
        """The step.

        Raises:
            ConfigError: The glossary can't be read, an entry is wrong, or a language model is to
                be asked and there is none.
        """
        if self.asks_llm() and llm is None:
            raise ConfigError("glossary.check: likelihood needs a language model: none was given")
        if self.asks_llm() and not getattr(llm, "scores_texts", True):
            raise ConfigError(
                "glossary.check: the model's server does not tell how likely a text is: set it to "
                "sound, or take llama.cpp, vLLM or llm.kind=huggingface"
            )
        gain = likelihood_gain(llm) if llm is not None and self.asks_llm() else None
        return GlossaryStep(self, read_glossary(Path(self.path).expanduser()), gain)

    def digest(self) -> str:
        """What tells one glossary's terms from another's.

        Raises:
            ConfigError: It can't be read, or an entry is wrong.
        """
        terms = read_glossary(Path(self.path).expanduser())
        return fingerprint([[term.text, term.ways, term.misheard] for term in terms])


@dataclass(frozen=True)
class Heard:
    """A stretch from `start` to before `end` that sounds like a term, or is `listed` as misheard;
    `sure` if it is corrected."""

    start: int
    end: int
    term: str
    similarity: float
    sure: bool
    listed: bool = False


class GlossaryStep:
    """See GlossarySettings."""

    name = "glossary"

    def __init__(
        self, settings: GlossarySettings, terms: Sequence[GlossaryTerm], gain: Gain | None = None
    ) -> None:
        self._gain = gain
        self._settings = settings
        self._terms = list(terms)
        self._written = {_written(term.text) for term in terms}

    def changes(self, text: str) -> list[Change]:
        """A change a corrected term."""
        return corrections(self.heard(text))

    def heard(self, text: str) -> list[Heard]:
        """What is corrected and what is only proposed, in order; none overlap."""
        words = list(_words(text))
        index = SoundIndex(words)
        found = [
            one
            for term in self._terms
            for one in (*self._listed(term, text), *self._sounding(term, text, words, index))
        ]
        # The most alike first; of equals the longest, which leaves less over.
        found.sort(key=lambda one: (not one.sure, -one.similarity, one.start - one.end, one.start))
        taken: list[Heard] = []
        covered: set[int] = set()
        for one in found:
            if covered.isdisjoint(range(one.start, one.end)):
                covered.update(range(one.start, one.end))
                taken.append(one)
        return sorted((self._checked(one, text) for one in taken), key=lambda one: one.start)

    def _checked(self, heard: Heard, text: str) -> Heard:
        """The same, sure if the language model would rather read the term."""
        if heard.sure or self._gain is None:
            return heard
        gain = self._gain(text, heard.start, heard.end, heard.term)
        return replace(heard, sure=gain >= self._settings.least_gain)

    def _listed(self, term: GlossaryTerm, text: str) -> Iterator[Heard]:
        for form in term.misheard:
            pattern = re.compile(r"[ \t\u3000]*".join(map(re.escape, form)))
            for start, end in prose(text):
                for match in pattern.finditer(text, start, end):
                    yield Heard(*match.span(), term.text, 1.0, sure=True, listed=True)

    def _sounding(
        self, term: GlossaryTerm, text: str, words: Sequence[HeardWord], index: SoundIndex
    ) -> Iterator[Heard]:
        own = _written(term.text)
        for way in term.ways:
            long = len(way) >= self._settings.sure_morae
            least = min(self._settings.least, self._settings.proposed if long else 1.0)
            for match in index.find(way, least) if len(way) > 1 else ():
                run = words[match.first : match.last]
                start, end = run[0].start, run[-1].end
                heard = _written(text[start:end])
                if self._is_another(own, heard, run):
                    sure = (
                        long
                        and match.similarity >= self._settings.least
                        and _DIGITS.findall(own) == _DIGITS.findall(heard)
                    )
                    yield Heard(start, end, term.text, match.similarity, sure)

    def _is_another(self, own: str, heard: str, run: Sequence[HeardWord]) -> bool:
        """Whether words that sound like a term are another text than the term, and may be it."""
        return not (
            own in heard
            or heard in own
            or any(term in heard for term in self._written)
            or (_LATIN.search(own) and _KANA.fullmatch(heard))
            or (_LATIN.search(heard) and _KANA.fullmatch(own))
            or (_LATIN.search(heard) and _LATIN.search(own) and heard[:2] == own[:2])
            or (_NUMERALS.search(heard) and _DIGITS.findall(own) != _DIGITS.findall(heard))
            or any(word.part in _PARTICLES for word in (run[0], run[-1]))
        )


def corrections(heard: Sequence[Heard]) -> list[Change]:
    """The changes of what is sure."""
    return [Change(one.start, one.end, one.term, _reason(one)) for one in heard if one.sure]


def _words(text: str) -> Iterator[HeardWord]:
    """All words of prose, with a border between clauses."""
    for start, end in prose(text):
        for match in _CLAUSE.finditer(text, start, end):
            yield from heard_words(text, *match.span())
            yield _BORDER


def _written(text: str) -> str:
    """A text as it is compared: without case, width, gaps and the lengthening of vowels."""
    return "".join(normalize(text).split()).replace("ー", "")


def _reason(heard: Heard) -> str:
    if heard.listed:
        return f"misheard {heard.term}, as the glossary lists it"
    alike = "the same" if heard.similarity > 0.995 else f"{heard.similarity:.0%} alike"
    return f"sounds like {heard.term} of the glossary ({alike})"
