"""The cleaning steps that a config may name, and those that run unless it names some."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.fillers import FillersSettings
from storage.cleaning.glossary import GlossarySettings
from storage.cleaning.grammar_gaps import GrammarGapsSettings
from storage.cleaning.line_joins import LineJoinsSettings
from storage.cleaning.numbers import NumbersSettings
from storage.cleaning.unicode import UnicodeSettings

CleaningSettings = Annotated[
    UnicodeSettings
    | LineJoinsSettings
    | DroppedKanaSettings
    | GrammarGapsSettings
    | FillersSettings
    | NumbersSettings
    | GlossarySettings,
    Field(discriminator="kind"),
]

DEFAULT_CLEANING: tuple[CleaningSettings, ...] = (
    UnicodeSettings(),
    LineJoinsSettings(),
    DroppedKanaSettings(),
    GrammarGapsSettings(),
)
"""What restores the text as it was said; docs/cleaning.md has the measure of each step."""
