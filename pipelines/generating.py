"""One finished text of a language model, for the parts that need no stream."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import ChoiceLLM, Completion, Failed, Finished


def generate(llm: ChoiceLLM, messages: Sequence[ChatMessage], **options: object) -> Completion:
    """What the model writes, greedily unless `options` or its settings say otherwise.

    Args:
        llm: The chat model.
        messages: The conversation.
        options: See GenerationOptions.

    Returns:
        The completion; an empty one when the model was stopped before it ended.

    Raises:
        YomitokiError: Generation failed.
    """
    for event in llm.stream_events(messages, **options):
        if isinstance(event, Failed):
            raise YomitokiError(event.reason)
        if isinstance(event, Finished):
            return event.completion
    return Completion("", Usage())
