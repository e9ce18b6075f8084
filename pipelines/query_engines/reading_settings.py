"""Settings of how passages become an answer, for every engine that reads some."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.query_engines.engine_settings import EngineSettings


class ReadingSettings(EngineSettings):
    """How passages become an answer.

    `context_tokens` bounds the passages that the model reads; what does not fit is left out whole,
    lowest ranked first. Before it answers it is asked whether the passages hold the answer: below
    a probability of `sufficient` it refuses (0 never asks). It refuses as well when its answer
    states a number that neither the passages nor the question hold (`check_numbers`; in digits or
    kanji, from ten on, because smaller ones count and enumerate). The answer ends with the
    sentences that it rests on, word for word (`quote`), at most `max_citations`.

    `follow_ups` says what becomes of a question with a conversation before it: `join` searches
    with the last turn and without it and shows the turn to the model; `rewrite` has the model
    rewrite the question to one that stands alone, which takes a larger model; `alone` ignores
    what was said.
    """

    context_tokens: int = Field(default=800, ge=50)
    max_new_tokens: int = Field(default=160, ge=1)
    sufficient: float = Field(default=0.0, ge=0.0, le=1.0)
    follow_ups: Literal["join", "rewrite", "alone"] = "join"
    max_citations: int = Field(default=2, ge=1)
    quote: bool = True
    check_numbers: bool = True
