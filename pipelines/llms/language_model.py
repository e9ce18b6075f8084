"""A language model as a pipeline keeps one: shared, counted, stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from pipelines.answer import Usage
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import ChoiceLLM


class LanguageModel(ChoiceLLM, Protocol):
    """What every kind of `llm` settings builds."""

    @property
    def model_seconds(self) -> float:
        """Seconds of its work, or of waiting for it, since it was loaded."""
        ...

    @property
    def usage(self) -> Usage:
        """Tokens of all prompts and of all that was written since it was loaded."""
        ...

    def with_generation(self, options: GenerationOptions) -> LanguageModel:
        """This model with other options; what is loaded is shared.

        Raises:
            ConfigError: It does not have one of them.
        """
        ...

    def stopping(self, when: Callable[[], bool] | None) -> AbstractContextManager[None]:
        """Inside, a prompt that is being read raises StoppedError as soon as `when` says so."""
        ...

    def forget(self) -> None:
        """Have the next prompt read whole."""
        ...
