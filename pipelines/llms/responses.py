"""What a model streams, as LlamaIndex's responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    MessageRole,
)

from pipelines.errors import YomitokiError
from pipelines.llms.protocol import Failed, StreamEvent, Token


def responses(events: Iterator[StreamEvent]) -> ChatResponseGen:
    """Events as responses: the text so far and its newest piece.

    Raises:
        YomitokiError: The generation failed.
    """
    text = ""
    for event in events:
        if isinstance(event, Failed):
            raise YomitokiError(event.reason)
        extra: dict[str, Any] = {}
        delta = ""
        if isinstance(event, Token):
            delta = event.text
            text += delta
        else:
            usage = event.completion.usage
            extra = {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cut": event.completion.cut,
            }
        message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
        yield ChatResponse(message=message, delta=delta, additional_kwargs=extra)


def last(stream: ChatResponseGen) -> ChatResponse:
    """The finished response of a stream, read to its end."""
    *_, finished = stream
    return finished


def completion(response: ChatResponse) -> CompletionResponse:
    """A chat's response as that to a single text."""
    return CompletionResponse(
        text=response.message.content or "",
        delta=response.delta,
        additional_kwargs=response.additional_kwargs,
    )
