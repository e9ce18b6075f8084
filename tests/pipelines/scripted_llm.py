"""A language model that follows a script, for tests of what is built around one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.llms.protocol import Completion, Failed, Finished, StreamEvent, Token


@dataclass
class ScriptedLLM:
    """Counts a token a character; `yes` gives the probability of the first choice for a prompt."""

    answer: str = "答え"
    yes: Callable[[str], float] = lambda _prompt: 0.9
    fails: str = ""
    context_window: int = 10_000
    prompts: list[str] = field(default_factory=list)
    options: list[dict[str, object]] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    pieces_made: int = 0

    def count_tokens(self, text: str) -> int:
        return len(text)

    def count_prompt_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return len(self.render(messages))

    def render(self, messages: Sequence[ChatMessage]) -> str:
        return "\n".join(f"{m.role.value}: {m.content}" for m in messages)

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        rows = []
        for messages in conversations:
            prompt = self.render(messages)
            self.judged.append(prompt)
            first = self.yes(prompt)
            rest = (1 - first) / (len(choices) - 1)
            rows.append([math.log(first), *[math.log(rest)] * (len(choices) - 1)])
        return rows

    def stream_events(
        self,
        messages: Sequence[ChatMessage],
        **options: object,
    ) -> Iterator[StreamEvent]:
        prompt = self.render(messages)
        self.prompts.append(prompt)
        self.options.append(options)
        for letter in self.answer:
            self.pieces_made += 1
            yield Token(letter)
        if self.fails:
            yield Failed(self.fails)
            return
        yield Finished(Completion(self.answer, Usage(len(prompt), len(self.answer))))
