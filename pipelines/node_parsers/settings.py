"""The node parsers that a config may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.node_parsers.hierarchical import HierarchicalParserSettings
from pipelines.node_parsers.paragraph import ParagraphParserSettings
from pipelines.node_parsers.semantic import SemanticParserSettings
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.node_parsers.token import TokenParserSettings
from pipelines.node_parsers.transcript import TranscriptParserSettings

NodeParserSettings = Annotated[
    SentenceParserSettings
    | SentenceWindowParserSettings
    | ParagraphParserSettings
    | TokenParserSettings
    | SemanticParserSettings
    | HierarchicalParserSettings
    | TranscriptParserSettings,
    Field(discriminator="kind"),
]
