"""A model that gives scripted probabilities and remembers what it was asked."""

from __future__ import annotations

import math
from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import YomitokiError


class ScriptedJudge:
    """Answers conversations in turn with a choice, or fails with a message."""

    def __init__(self, *choices: str) -> None:
        self._choices = list(choices)
        self.asked: list[str] = []

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        rows = []
        for messages in conversations:
            self.asked.append("\n".join(str(message.content) for message in messages))
            said = self._choices.pop(0)
            if said not in choices:
                raise YomitokiError(said)
            rows.append([math.log(0.9 if one == said else 0.1) for one in choices])
        return rows
