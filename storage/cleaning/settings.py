"""The cleaning steps that a config may name, and those that run unless it names some."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.llms.protocol import ChoiceLLM
from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.fillers import FillersSettings
from storage.cleaning.glossary import GlossarySettings
from storage.cleaning.grammar_gaps import GrammarGapsSettings
from storage.cleaning.line_joins import LineJoinsSettings
from storage.cleaning.llm_correction import LLMCorrectionSettings
from storage.cleaning.numbers import NumbersSettings
from storage.cleaning.step import CleaningStep
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
CleaningSettings = Annotated[
    PlainCleaningSettings | GlossarySettings | LLMCorrectionSettings, Field(discriminator="kind")
]

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

    def around(self, parser: NodeParser, load: Callable[[], ChoiceLLM] | None = None) -> NodeParser:
        """The parser, with corrections at its nodes if there are steps.

        Args:
            parser: Cuts documents.
            load: Gives the language model, for steps that ask one; called at the first document.
        """
        if not self.steps:
            return parser
        from storage.cleaning.cleaning_parser import CleaningParser

        def build() -> list[CleaningStep]:
            llm = load() if load is not None and self.asks_llm() else None
            return [built(step, llm) for step in self.steps]

        return CleaningParser(parser, build, self.of)

    def identity(self) -> list[Any]:
        """What decides the corrections; empty without steps.

        Raises:
            ConfigError: A file that a step names can't be read.
        """
        if not self.steps:
            return []
        return [CLEANING_VERSION, self.of, *(_identity(step) for step in self.steps)]


def built(settings: CleaningSettings, llm: ChoiceLLM | None) -> CleaningStep:
    """The step of some settings.

    Raises:
        ConfigError: It asks a language model and there is none, or what it names can't be read.
    """
    if isinstance(settings, GlossarySettings | LLMCorrectionSettings):
        return settings.build(llm)
    return settings.build()


def _identity(step: CleaningSettings) -> Any:
    values = step.model_dump(mode="json")
    # Which terms they are, not what their file is called.
    return {**values, "path": step.digest()} if isinstance(step, GlossarySettings) else values
