"""What the retrievers share whose queries a language model writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.schema import NodeWithScore

from pipelines.generating import generate
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import Prompt, inert

Language = Literal["ja", "en"]

# What a question is about stands in its beginning; a pasted page must not fill the context window.
QUESTION_CHARS = 1000


class NodeByQueries(NodeWithScore):
    """A node found with the model's help.

    `queries` are the texts that were searched besides or instead of the question, as the model
    wrote them; `ranks` are the node's 1-based ranks, None where it was not found (see the
    retriever for what they belong to).
    """

    queries: tuple[str, ...] = ()
    ranks: tuple[int | None, ...] = ()

    @classmethod
    def class_name(cls) -> str:
        return "NodeByQueries"


def written(
    llm: ChoiceLLM,
    prompt: Prompt,
    question: str,
    *,
    max_new_tokens: int,
    stop: Sequence[str] = (),
    example: tuple[str, str] | None = None,
    **fields: object,
) -> str:
    """What the model writes for a question, greedily: the same text every time.

    Args:
        llm: The chat model.
        prompt: Its user text has the field `question` and those of `fields`.
        question: Cut to its first 1,000 characters.
        max_new_tokens: Tokens at most.
        stop: Texts that end it and are no part of it.
        example: A question and what was written for it, shown as an earlier turn.
        fields: Further fields of the user text.

    Returns:
        The text without control characters and outer white space; "" when nothing was written.

    Raises:
        YomitokiError: Generation failed.
    """

    def turn(asked: str) -> ChatMessage:
        return ChatMessage(content=prompt.user.format(question=asked, **fields))

    messages = [ChatMessage(role=MessageRole.SYSTEM, content=prompt.system)]
    if example is not None:
        messages += [turn(example[0]), ChatMessage(role=MessageRole.ASSISTANT, content=example[1])]
    messages.append(turn(inert(question)[:QUESTION_CHARS]))
    completion = generate(
        llm, messages, max_new_tokens=max_new_tokens, temperature=0.0, stop=tuple(stop)
    )
    return inert(completion.text).strip()
