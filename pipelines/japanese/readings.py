"""What a text sounds like: its morae, by Sudachi's readings and by how Latin words are spoken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from pipelines.component import ComponentSettings
from pipelines.japanese.latin_readings import latin_morae
from pipelines.japanese.morae import LONG, morae
from pipelines.japanese.tokens import morphemes, unified

_PARTICLES = {"は": "ワ", "へ": "エ", "を": "オ"}
_SILENT = ("補助記号", "空白", "記号")
_LATIN = re.compile("[a-zA-Z]")
_VOICED = str.maketrans({"g": "k", "z": "s", "j": "sh", "d": "t", "b": "h", "p": "h"})


class MoraTokenizerSettings(ComponentSettings):
    """The morae of a text, in order (see `morae.morae`).

    `long_vowels: false` leaves out what lengthens a vowel, which recognisers often miss;
    `voiced: false` makes voiced and unvoiced onsets one (ガ and カ).
    """

    kind: Literal["mora"] = "mora"
    long_vowels: bool = True
    voiced: bool = True

    def build(self) -> MoraTokenizer:
        """The tokenizer."""
        return MoraTokenizer(self)


class MoraTokenizer:
    """See MoraTokenizerSettings. A Latin word that may be said in two ways stands in both."""

    def __init__(self, settings: MoraTokenizerSettings) -> None:
        self._settings = settings

    def tokenize(self, text: str) -> list[str]:
        return [
            mora
            for morpheme in morphemes(unified(text))
            for way in word_morae(morpheme)
            for mora in self.fold(way)
        ]

    def tokenize_many(self, texts: Sequence[str]) -> list[list[str]]:
        return [self.tokenize(text) for text in texts]

    def fold(self, sounds: Sequence[str]) -> list[str]:
        """Morae as the settings tell them apart."""
        if not self._settings.long_vowels:
            sounds = [mora for mora in sounds if mora != LONG]
        if not self._settings.voiced:
            sounds = [mora.translate(_VOICED) for mora in sounds]
        return list(sounds)


def word_morae(morpheme: Any) -> list[list[str]]:
    """The ways in which a Sudachi morpheme may be said; none for marks and spaces.

    Particles are read as they are pronounced (は as わ).
    """
    part_of_speech, surface = morpheme.part_of_speech(), morpheme.surface()
    if part_of_speech[0] in _SILENT:
        return []
    if part_of_speech[0] == "助詞" and surface in _PARTICLES:
        return [morae(_PARTICLES[surface])]
    reading = morpheme.reading_form()
    return latin_morae(surface) if _LATIN.search(reading) else [morae(reading)]
