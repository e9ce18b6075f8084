"""What every language model of ours is to LlamaIndex."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms.custom import CustomLLM

from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import Prompt, StreamEvent
from pipelines.llms.responses import completion, last, responses


class ChatLLM(CustomLLM):
    """A chat model whose text comes as events; a subclass makes them in `_stream`.

    Every call takes the fields of `GenerationOptions` as keyword arguments. Calls are not
    thread-safe: one model answers one question at a time.
    """

    model_name: str
    _options: GenerationOptions = PrivateAttr()
    _context_window: int = PrivateAttr()

    @abstractmethod
    def _stream(self, prompt: Prompt, options: dict[str, Any]) -> Iterator[StreamEvent]:
        """See `stream_events`; wrong options and prompts raise here, not at the first event."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=self._context_window,
            num_output=self._options.max_new_tokens,
            is_chat_model=True,
            model_name=self.model_name,
        )

    @property
    def context_window(self) -> int:
        """Tokens that a prompt and its answer may have together."""
        return self._context_window

    def stream_events(
        self, messages: Sequence[ChatMessage], **options: object
    ) -> Iterator[StreamEvent]:
        """Generate piece by piece; closing the iterator stops the model.

        Yields:
            `Token`s, then one `Finished`, or one `Failed` if the model fails on the way.

        Raises:
            ConfigError: An unknown option, or one that the model does not have.
            QuestionError: The prompt does not fit.
            StoppedError: Nobody waits any more, and nothing is written yet.
        """
        return self._stream(messages, options)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer a conversation. Raises YomitokiError when generation fails."""
        return last(self.stream_chat(messages, **kwargs))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Stream the answer; the last response carries the usage in additional_kwargs."""
        return responses(self._stream(messages, kwargs))

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer one user text as a chat; `formatted` text is read as it is."""
        return completion(last(responses(self._stream(_asked(prompt, formatted), kwargs))))

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Stream the answer to one text, as `complete` reads it."""
        stream = responses(self._stream(_asked(prompt, formatted), kwargs))
        return (completion(response) for response in stream)


def _asked(prompt: str, formatted: bool) -> Prompt:
    return prompt if formatted else [ChatMessage(content=prompt)]
