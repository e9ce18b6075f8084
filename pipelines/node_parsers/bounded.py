"""What the parsers that bound a node's length on both sides share."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pipelines.component import ComponentSettings
from pipelines.japanese.sentences import SENTENCE_CHARS
from pipelines.node_parsers.span_parser import EMBED_METADATA


class BoundedSettings(ComponentSettings):
    """Lengths in characters.

    `max_chars` bounds a node. One below `min_chars` is joined with a neighbour where both fit into
    one node. `sentence_chars` bounds a sentence: a longer one is cut at clause ends.
    `embed_metadata` names the metadata that is embedded and indexed before the text.
    """

    kind: str
    min_chars: int = Field(default=100, ge=0)
    max_chars: int = Field(default=400, ge=20)
    sentence_chars: int = Field(default=SENTENCE_CHARS, ge=20)
    embed_metadata: tuple[str, ...] = EMBED_METADATA

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_chars > self.max_chars:
            raise ValueError(
                f"min_chars must be at most max_chars, got {self.min_chars} and {self.max_chars}"
            )
        return self
