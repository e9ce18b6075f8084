"""A scripted language model that counts its work, as a pipeline asks of a loaded one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipelines.answer import Usage
from pipelines.llms.generation import GenerationOptions
from tests.pipelines.scripted_llm import ScriptedLLM


@dataclass
class TimedLLM(ScriptedLLM):
    """A second a prompt; remembers whether it could be stopped while it worked."""

    model_seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    stoppable: list[bool] = field(default_factory=list)
    generations: list[GenerationOptions] = field(default_factory=list)
    _when: Callable[[], bool] | None = None

    def with_generation(self, options: GenerationOptions) -> TimedLLM:
        self.generations.append(options)
        return self

    def render(self, messages: Any) -> str:
        self.model_seconds += 1
        self.usage += Usage(100, 3)
        self.stoppable.append(self._when is not None)
        return super().render(messages)

    @contextmanager
    def stopping(self, when: Callable[[], bool] | None) -> Iterator[None]:
        self._when = when
        yield
        self._when = None
