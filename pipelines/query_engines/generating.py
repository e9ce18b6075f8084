"""Generating one text from beginning to end, stopped when it loops or nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import OnToken, Usage
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import ChoiceLLM, Completion, Failed, Finished, Token
from pipelines.query_engines.looping import looping


def generate(
    llm: ChoiceLLM,
    messages: Sequence[ChatMessage],
    max_new_tokens: int,
    stop: tuple[str, ...] = (),
    written: Callable[[str], str] = str,
    on_token: OnToken | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Completion:
    """The model's text.

    Args:
        llm: The chat model.
        messages: The prompt.
        max_new_tokens: Tokens at most.
        stop: Texts that end it; they are not part of it.
        written: Rewrites each piece before anybody sees it.
        on_token: Hears the pieces.
        cancelled: Asked between tokens; True ends the text there.

    Raises:
        YomitokiError: Generation failed.
    """
    text = ""
    for event in llm.stream_events(messages, max_new_tokens=max_new_tokens, stop=stop):
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
    raise YomitokiError("answering: the model ended without a result: try again with --debug")
