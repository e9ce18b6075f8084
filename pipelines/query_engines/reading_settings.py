"""Settings of how passages become an answer, for every engine that reads some."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.query_engines.context import ContextOrder
from pipelines.query_engines.engine_settings import EngineSettings


class ReadingSettings(EngineSettings):
    """How passages become an answer; RetrieveAndAnswerSettings explains the fields."""

    context_tokens: int = Field(default=800, ge=50)
    context_order: ContextOrder = "best_last"
    max_new_tokens: int = Field(default=160, ge=1)
    sufficient: float = Field(default=0.0, ge=0.0, le=1.0)
    follow_ups: Literal["join", "rewrite", "alone"] = "join"
    max_citations: int = Field(default=2, ge=1)
    quote: bool = True
    check_numbers: bool = True
