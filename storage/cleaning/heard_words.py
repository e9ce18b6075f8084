"""The words of a stretch of text as they sound, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.japanese.readings import MoraTokenizerSettings, word_morae
from pipelines.japanese.tokens import morphemes

_FOLD = MoraTokenizerSettings().build().fold
GAPS = " \t\r\n\u3000"


@dataclass(frozen=True)
class HeardWord:
    """A word of a text, from `start` to before `end`; gaps may lie inside of it.

    `morae` is how it sounds, empty for marks; `part` is Sudachi's part of speech.
    """

    start: int
    end: int
    surface: str
    morae: tuple[str, ...]
    part: str


def heard_words(text: str, start: int, end: int) -> list[HeardWord]:
    """The words of a stretch, in order, as Sudachi cuts what is left without gaps."""
    places = [place for place in range(start, end) if text[place] not in GAPS]
    letters = "".join(text[place] for place in places)
    return [
        HeardWord(
            places[word.begin()],
            places[word.end() - 1] + 1,
            word.surface(),
            tuple(_FOLD(ways[0])) if (ways := word_morae(word)) else (),
            word.part_of_speech()[0],
        )
        for word in morphemes(letters)
    ]
