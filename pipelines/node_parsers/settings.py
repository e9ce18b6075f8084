"""The node parsers that a config may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings

NodeParserSettings = Annotated[
    SentenceParserSettings | SentenceWindowParserSettings, Field(discriminator="kind")
]
