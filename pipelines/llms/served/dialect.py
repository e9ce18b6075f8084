"""What a model server is asked, in whatever way it wants to be asked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import Likelihood, Prompt


@dataclass(frozen=True)
class Ending:
    """The last thing that a server says of a text; `cut` says that it ended at its limit."""

    cut: bool
    usage: Usage | None = None


class Dialect(Protocol):
    """One kind of server. All methods raise ServerError, QuestionError and StoppedError."""

    @property
    def unsupported(self) -> frozenset[str]:
        """Fields of `GenerationOptions` that it can't follow."""
        ...

    @property
    def counts_exactly(self) -> bool:
        """Whether tokens are counted by the model's own tokenizer."""
        ...

    @property
    def scores_texts(self) -> bool:
        """Whether `log_likelihoods` can be had."""
        ...

    @property
    def window(self) -> int | None:
        """Tokens that the server itself allows for prompt and answer, where it says so."""
        ...

    def generate(
        self, prompt: Prompt, options: GenerationOptions, most: int
    ) -> Generator[str | Ending, None, None]:
        """Pieces of text, then an `Ending`; closing the iterator stops the server."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special tokens."""
        ...

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        """Tokens of a whole prompt."""
        ...

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The prompt as the model reads it, or as near to it as the server tells."""
        ...

    def score(
        self, messages: Sequence[ChatMessage], choices: Sequence[str]
    ) -> tuple[list[float], Usage]:
        """Log-probabilities of the choices, not normalised, and the tokens that it took."""
        ...

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> tuple[list[Likelihood], Usage]:
        """See `ContinuationScorer.log_likelihoods`, and the tokens that it took."""
        ...

    def forget(self) -> None:
        """Have the next prompt read whole, where the server can be told so."""
        ...


def turns(messages: Sequence[ChatMessage]) -> list[dict[str, str]]:
    """Messages as OpenAI's API writes them."""
    return [{"role": m.role.value, "content": m.content or ""} for m in messages]
