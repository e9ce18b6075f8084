"""The cleaning steps that a config may name, and those that run unless it names some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from pipelines.component import ComponentSettings
from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.fillers import FillersSettings
from storage.cleaning.glossary import GlossarySettings
from storage.cleaning.grammar_gaps import GrammarGapsSettings
from storage.cleaning.line_joins import LineJoinsSettings
from storage.cleaning.numbers import NumbersSettings
from storage.cleaning.unicode import UnicodeSettings

if TYPE_CHECKING:
    from llama_index.core.node_parser import NodeParser

# The steps that need nothing but the text.
PlainCleaningSettings = (
    UnicodeSettings
    | LineJoinsSettings
    | DroppedKanaSettings
    | GrammarGapsSettings
    | FillersSettings
    | NumbersSettings
)
CleaningSettings = Annotated[PlainCleaningSettings | GlossarySettings, Field(discriminator="kind")]

DEFAULT_CLEANING: tuple[CleaningSettings, ...] = (
    UnicodeSettings(),
    LineJoinsSettings(),
    DroppedKanaSettings(),
    GrammarGapsSettings(),
)
"""What restores the text as it was said; docs/cleaning.md has the measure of each step."""


# To be raised with every change that makes a step correct otherwise.
CLEANING_VERSION = 1


class TranscriptCleaningSettings(ComponentSettings):
    """Corrections that are embedded, indexed and read in the place of what a recogniser wrote.

    Citations and quotations keep the original text. `of: transcripts` cleans documents with times
    alone; `all` cleans every document. Without `steps` nothing is cleaned.
    """

    of: Literal["transcripts", "all"] = "transcripts"
    steps: tuple[CleaningSettings, ...] = ()

    def around(self, parser: NodeParser) -> NodeParser:
        """The parser, with corrections at its nodes if there are steps.

        Raises:
            ConfigError: A step can't be built.
        """
        if not self.steps:
            return parser
        from storage.cleaning.cleaning_parser import CleaningParser

        return CleaningParser(parser, [step.build() for step in self.steps], self.of)

    def identity(self) -> list[Any]:
        """What decides the corrections; empty without steps.

        Raises:
            ConfigError: A file that a step names can't be read.
        """
        if not self.steps:
            return []
        return [CLEANING_VERSION, self.of, *(_identity(step) for step in self.steps)]


def _identity(step: CleaningSettings) -> Any:
    values = step.model_dump(mode="json")
    # Which terms they are, not what their file is called.
    return {**values, "path": step.digest()} if isinstance(step, GlossarySettings) else values
