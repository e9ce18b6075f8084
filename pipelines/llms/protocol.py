"""What the rest of the system asks of a language model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage

# A conversation, or a text that is read as it is.
Prompt = Sequence[ChatMessage] | str


@dataclass(frozen=True)
class Completion:
    """A finished generation; `cut` says that it ended at max_new_tokens."""

    text: str
    usage: Usage
    cut: bool = False


@dataclass(frozen=True)
class Token:
    """A piece of streamed text."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The last event of a stream that went well."""

    completion: Completion


@dataclass(frozen=True)
class Failed:
    """The last event of a stream whose generation raised."""

    reason: str


StreamEvent = Token | Finished | Failed


class ChoiceScorer(Protocol):
    """Reads a decision from logits (DESIGN idea 2)."""

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        """Log-probabilities of the choices as the next words, a row a conversation.

        Each row is normalised over the choices (its exponentials sum to 1), in their order. What
        all conversations begin with is computed once.

        Raises:
            YomitokiError: Nothing but the choices is likely: their total mass is below 1e-6.
        """
        ...


@dataclass(frozen=True)
class Likelihood:
    """How likely a text is: the natural log of its probability, summed over its `tokens`."""

    log_probability: float
    tokens: int


class ContinuationScorer(Protocol):
    """Reads from logits how likely whole texts are, however unlikely all of them may be."""

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> list[Likelihood]:
        """How likely each text is as the beginning of the answer, not normalised over the texts.

        The conversation is read once.

        Raises:
            ValueError: No text, or an empty one.
            YomitokiError: Prompt and text do not fit into the context window.
        """
        ...


@runtime_checkable
class GrammarWriter(Protocol):
    """Writes what a grammar allows and nothing else; not every backend can."""

    def write_within(
        self, messages: Sequence[ChatMessage], grammar: str, max_new_tokens: int
    ) -> Completion:
        """The likeliest text of a grammar, token by token; `cut` where it is not a whole one.

        Args:
            messages: The prompt.
            grammar: In the Lark dialect of llguidance; its rule `start` is the whole text.
            max_new_tokens: The text ends there, whole or not.

        Raises:
            ValueError: The grammar is wrong.
            YomitokiError: The prompt does not fit, or generation failed.
        """
        ...


class ChoiceLLM(ChoiceScorer, ContinuationScorer, Protocol):
    """A chat model that also scores choices and texts."""

    @property
    def context_window(self) -> int:
        """Tokens that a prompt and its answer may have together."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special tokens."""
        ...

    def count_prompt_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Tokens of the rendered chat prompt."""
        ...

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The chat prompt exactly as the model reads it."""
        ...

    def stream_events(
        self, messages: Sequence[ChatMessage], **options: object
    ) -> Iterator[StreamEvent]:
        """Generate; closing the iterator stops the model. See GenerationOptions for options."""
        ...
