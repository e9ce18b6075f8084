"""One text of a language model from beginning to end, stopped when it loops or nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import OnToken, Usage
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import ChoiceLLM, Completion, Failed, Finished, Token
from pipelines.looping import looping


def generate(
    llm: ChoiceLLM,
    messages: Sequence[ChatMessage],
    *,
    written: Callable[[str], str] = str,
    on_token: OnToken | None = None,
    cancelled: Callable[[], bool] | None = None,
    **options: object,
) -> Completion:
    """What the model writes, greedily unless `options` or its settings say otherwise.

    Args:
        llm: The chat model.
        messages: The prompt.
        written: Rewrites each piece before anybody sees it.
        on_token: Hears the pieces.
        cancelled: Asked between tokens; True ends the text there.
        options: See GenerationOptions.

    Raises:
        YomitokiError: Generation failed.
    """
    text = ""
    for event in llm.stream_events(messages, **options):
        if isinstance(event, Failed):
            raise YomitokiError(event.reason)
        if isinstance(event, Finished):
            return replace(event.completion, text=written(event.completion.text))
        if isinstance(event, Token):
            piece = written(event.text)
            text += piece
            if on_token:
                on_token(piece)
        before_loop = looping(text)
        if before_loop or (cancelled and cancelled()):
            usage = Usage(llm.count_prompt_tokens(messages), llm.count_tokens(text))
            return Completion(before_loop or text, usage, cut=True)
    raise YomitokiError("the model ended without a result: try again with --debug")
