"""Making a follow-up question stand alone, so that retrieval can find what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines import prompts
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import ChoiceLLM, Failed, Finished
from pipelines.prompts import inert

MAX_NEW_TOKENS = 80
# A turn is quoted up to here: a follow-up refers to what was asked, seldom to an answer's end.
TURN_CHARS = 300


def standalone_question(llm: ChoiceLLM, question: str, history: Sequence[ChatMessage]) -> str:
    """The question as it must be asked without the conversation before it.

    Falls back to the question itself when the model writes nothing.

    Args:
        llm: The chat model.
        question: The follow-up.
        history: Earlier turns, oldest first.

    Raises:
        YomitokiError: Generation failed.
    """
    lines = []
    for message in history:
        who = "質問" if message.role == MessageRole.USER else "回答"
        lines.append(f"{who}: {inert(message.content or '')[:TURN_CHARS]}")
    user = prompts.STANDALONE.user.format(history="\n".join(lines), question=inert(question))
    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content=prompts.STANDALONE.system),
        ChatMessage(content=user),
    ]
    for event in llm.stream_events(messages, max_new_tokens=MAX_NEW_TOKENS, stop=("\n",)):
        if isinstance(event, Failed):
            raise YomitokiError(event.reason)
        if isinstance(event, Finished):
            return event.completion.text.strip() or question
    return question
