"""Other words for a question whose answer was not found, and the questions it consists of."""

from __future__ import annotations

from collections.abc import Callable

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines import prompts
from pipelines.generating import generate
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import Prompt, inert
from pipelines.query_engines.wording import Wording
from pipelines.written_list import read_list, says_something

# Tokens of one question, in Japanese about as many characters.
QUESTION_TOKENS = 80


def rewritten_question(
    llm: ChoiceLLM, wording: Wording, cancelled: Callable[[], bool] | None = None
) -> str:
    """The question in other words; the question itself where the model writes none.

    Raises:
        YomitokiError: Generation failed.
    """
    examples = prompts.REWRITE_EXAMPLES
    messages = _shown(prompts.REWRITE, prompts.REWRITE.system, examples, wording)
    completion = generate(
        llm, messages, max_new_tokens=QUESTION_TOKENS, stop=("\n",), cancelled=cancelled
    )
    text = inert(completion.text).strip()
    return text if says_something(text) else wording.read


def sub_questions(
    llm: ChoiceLLM, wording: Wording, most: int, cancelled: Callable[[], bool] | None = None
) -> list[str]:
    """What must be found out to answer a question: 2 to `most` questions, or [] where the model's
    list can't be read or has fewer.

    Raises:
        YomitokiError: Generation failed.
    """
    system = prompts.SUB_QUESTIONS.system.format(most=most)
    messages = _shown(prompts.SUB_QUESTIONS, system, prompts.SUB_QUESTIONS_EXAMPLES, wording)
    completion = generate(
        llm, messages, max_new_tokens=QUESTION_TOKENS * most, stop=("\n\n",), cancelled=cancelled
    )
    questions = read_list(inert(completion.text))[:most]
    return questions if len(questions) > 1 else []


def _shown(
    prompt: Prompt, system: str, examples: tuple[tuple[str, str], ...], wording: Wording
) -> list[ChatMessage]:
    """The prompt with its examples as turns before it."""
    messages = [ChatMessage(role=MessageRole.SYSTEM, content=system)]
    for question, written in examples:
        messages.append(ChatMessage(content=prompt.user.format(conversation="", question=question)))
        messages.append(ChatMessage(role=MessageRole.ASSISTANT, content=written))
    asked = prompt.user.format(conversation=wording.conversation, question=inert(wording.read))
    return [*messages, ChatMessage(content=asked)]
