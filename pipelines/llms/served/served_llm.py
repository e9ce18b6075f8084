"""Our LlamaIndex LLM over a model server: what HuggingFaceLLM is for a model in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import PrivateAttr

from pipelines.answer import Usage
from pipelines.errors import ConfigError, QuestionError, StoppedError, YomitokiError
from pipelines.llms.chat_llm import ChatLLM
from pipelines.llms.choice_mass import normalised
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import (
    Completion,
    Failed,
    Finished,
    Likelihood,
    Prompt,
    StreamEvent,
    Token,
)
from pipelines.llms.served.connection import Connection
from pipelines.llms.served.dialect import Dialect, Ending
from pipelines.llms.served.text_stream import TextStream

Item = TypeVar("Item")
_DEFAULTS = GenerationOptions()


@dataclass
class _Work:
    """What a server was waited for, shared by all copies of a model."""

    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)

    @contextmanager
    def timed(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - started

    def waiting(self, items: Iterator[Item]) -> Iterator[Item]:
        """The items; the time until each of them counts."""
        while True:
            with self.timed():
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item


class ServedLLM(ChatLLM):
    """A model behind a server as a LlamaIndex LLM and a `LanguageModel`.

    Every call takes the fields of `GenerationOptions` as keyword arguments. Calls are not
    thread-safe: one question is answered at a time.
    """

    _connection: Connection = PrivateAttr()
    _dialect: Dialect = PrivateAttr()
    _work: _Work = PrivateAttr()
    _kept: object = PrivateAttr()

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        name: str,
        context_window: int,
        options: GenerationOptions | None = None,
        kept: object = None,
    ) -> None:
        """A model whose server is there.

        Args:
            connection: To the server.
            dialect: How it is asked.
            name: The model's.
            context_window: Tokens of prompt and answer; the server's own where that is less.
            options: How to generate.
            kept: What must live as long as the model, such as a server of its own.

        Raises:
            ConfigError: The options ask for what the server does not have.
        """
        super().__init__(model_name=name)
        self._connection = connection
        self._dialect = dialect
        self._options = options or _DEFAULTS
        self._context_window = min(context_window, dialect.window or context_window)
        self._work = _Work()
        self._kept = kept
        self._check_options(self._options)

    @property
    def scores_texts(self) -> bool:
        """Whether `log_likelihoods` can be had of this server."""
        return self._dialect.scores_texts

    @property
    def dialect(self) -> Dialect:
        """How the server is asked."""
        return self._dialect

    @property
    def model_seconds(self) -> float:
        """Seconds in which the server was waited for."""
        return self._work.seconds

    @property
    def usage(self) -> Usage:
        """Tokens of all prompts, each counted whole, and of all that was written."""
        return self._work.usage

    def with_generation(self, options: GenerationOptions) -> ServedLLM:
        """This model with other options.

        Raises:
            ConfigError: They ask for what the server does not have.
        """
        self._check_options(options)
        other = self.model_copy()
        other._options = options
        return other

    @contextmanager
    def stopping(self, when: Callable[[], bool] | None) -> Iterator[None]:
        """Inside, whatever is waited for raises StoppedError soon after `when` says so."""
        self._connection.should_stop = when or (lambda: False)
        try:
            yield
        finally:
            self._connection.should_stop = lambda: False

    def forget(self) -> None:
        """Have the next prompt read whole, where the server can be told so."""
        self._dialect.forget()

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special tokens; an estimate where the server counts none."""
        return self._dialect.count_tokens(text)

    def count_prompt_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Tokens of the chat prompt; an estimate where the server counts none."""
        return self._dialect.count_prompt_tokens(messages)

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The chat prompt as the model reads it, or as near to it as the server tells."""
        return self._dialect.render(messages)

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        """See `ChoiceScorer.score_choices`."""
        if len(choices) < 2 or not all(choices) or len(set(choices)) < len(choices):
            raise ValueError(f"choices: at least two different ones are needed: {list(choices)}")
        rows = []
        for messages in conversations:
            with self._work.timed():
                scores, used = self._dialect.score(messages, choices)
            self._work.usage += used
            rows.append(normalised(scores))
        return rows

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> list[Likelihood]:
        """See `ContinuationScorer.log_likelihoods`; some servers can't tell (`scores_texts`)."""
        if not texts or not all(texts):
            raise ValueError(f"choices: none, or an empty one: {list(texts)}")
        with self._work.timed():
            found, used = self._dialect.log_likelihoods(messages, texts)
        self._work.usage += used
        return found

    def _stream(self, prompt: Prompt, options: dict[str, Any]) -> Iterator[StreamEvent]:
        chosen = self._options.override(options)
        self._check_options(chosen)
        with self._work.timed():
            tokens = self._dialect.count_prompt_tokens(prompt)
        room = self._context_window - tokens
        if room < 1 and self._dialect.counts_exactly:
            raise QuestionError(
                f"{self.model_name}: a prompt of {tokens} tokens does not fit into the context "
                f"window of {self._context_window}: shorten the question or raise "
                "llm.context_window"
            )
        most = chosen.max_new_tokens
        if self._dialect.counts_exactly:
            most = min(most, room)
        return self._generate(prompt, chosen, most, tokens)

    def _generate(
        self, prompt: Prompt, options: GenerationOptions, most: int, tokens: int
    ) -> Iterator[StreamEvent]:
        text = TextStream(options.stop)
        pieces = 0
        # What is known if the text is broken off: a piece is mostly a token.
        ending: Ending | None = None
        try:
            with closing(self._dialect.generate(prompt, options, most)) as stream:
                for event in self._work.waiting(stream):
                    if isinstance(event, Ending):
                        ending = event
                        break
                    pieces += 1
                    if piece := text.push(event):
                        yield Token(piece)
                    if text.stopped:
                        ending = Ending(cut=False)
                        break
        except StoppedError:
            if not text.text:
                raise
        except QuestionError:
            raise
        except YomitokiError as error:
            yield Failed(f"{self.model_name}: generation failed: {error}")
            return
        finally:
            usage = ending.usage if ending and ending.usage else Usage(tokens, pieces)
            self._work.usage += usage
        if piece := text.finish():
            yield Token(piece)
        yield Finished(Completion(text.text, usage, cut=ending is None or ending.cut))

    def _check_options(self, options: GenerationOptions) -> None:
        for name in sorted(self._dialect.unsupported):
            if getattr(options, name) != getattr(_DEFAULTS, name):
                raise ConfigError(
                    f"llm.generation.{name}: {self._connection.where} has no such option: leave "
                    f"it at {getattr(_DEFAULTS, name)}"
                )
