"""Rewriting a follow-up question to one that is understood without the conversation."""

from __future__ import annotations

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines import prompts
from pipelines.generating import generate
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import inert
from pipelines.query_engines.follow_up import FollowUp

MAX_NEW_TOKENS = 80


def standalone_question(llm: ChoiceLLM, follow_up: FollowUp) -> str:
    """The question as it must be asked without the conversation before it.

    Falls back to the question itself when the model writes nothing, or repeats the question or
    the answer before it.

    Args:
        llm: The chat model; with fewer than some billion parameters it rewrites badly
            (docs/answering.md).
        follow_up: The follow-up and what it refers to.

    Raises:
        YomitokiError: Generation failed.
    """
    messages = [ChatMessage(role=MessageRole.SYSTEM, content=prompts.STANDALONE.system)]
    for before, answer, question, rewritten in prompts.STANDALONE_EXAMPLES:
        messages.append(_turn(FollowUp(question, before, answer)))
        messages.append(ChatMessage(role=MessageRole.ASSISTANT, content=rewritten))
    messages.append(_turn(follow_up))
    written = generate(llm, messages, max_new_tokens=MAX_NEW_TOKENS, stop=("\n",)).text.strip()
    said = ("", follow_up.before.strip(), follow_up.answer.strip())
    return follow_up.question if written in said else written


def _turn(follow_up: FollowUp) -> ChatMessage:
    return ChatMessage(
        content=prompts.STANDALONE.user.format(
            before=follow_up.before, answer=follow_up.answer, question=inert(follow_up.question)
        )
    )
