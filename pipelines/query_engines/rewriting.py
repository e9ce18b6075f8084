"""Other words for a question whose answer was not found, and the questions it consists of."""

from __future__ import annotations

import re
from collections.abc import Callable

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines import prompts
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import Prompt, inert
from pipelines.query_engines.generating import generate
from pipelines.query_engines.wording import Wording

# Tokens of one question, in Japanese about as many characters.
QUESTION_TOKENS = 80

# 1. / 2) / (3) / ４、 / ⑤ / ・ / - / 質問1: before the words of an item; 1.5 is a number.
_ITEM = re.compile(
    r"""^\s*[#>*]*\s*
    (?:(?:Q|(?:サブ)?質問)\s*)?
    (?:[(（]?\d{1,2}[)）.．、:：]+(?!(?<=\.)\d)|[①-⑳]|[(（]?\d{1,2}(?=\s)|[-*•・‐–]\s?)
    [\s.．、:：]*(?:\*\*)?\s*(?P<text>.*?)(?:\*\*)?\s*$""",
    re.VERBOSE,
)
_NOTHING_SAID = re.compile(r"^[\W_]*$")


def rewritten_question(
    llm: ChoiceLLM, wording: Wording, cancelled: Callable[[], bool] | None = None
) -> str:
    """The question in other words; the question itself where the model writes none.

    Raises:
        YomitokiError: Generation failed.
    """
    examples = prompts.REWRITE_EXAMPLES
    messages = _shown(prompts.REWRITE, prompts.REWRITE.system, examples, wording)
    completion = generate(llm, messages, QUESTION_TOKENS, ("\n",), cancelled=cancelled)
    text = inert(completion.text).strip()
    return wording.read if _NOTHING_SAID.match(text) else text


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
    completion = generate(llm, messages, QUESTION_TOKENS * most, ("\n\n",), cancelled=cancelled)
    questions = read_list(inert(completion.text))[:most]
    return questions if len(questions) > 1 else []


def read_list(text: str) -> list[str]:
    """The items of a numbered or bulleted list, in order, without numbers, each once.

    Lines that are no items (「以下のように分けます：」) are left out.
    """
    items = [match["text"].strip() for line in text.splitlines() if (match := _ITEM.match(line))]
    return list(dict.fromkeys(item for item in items if not _NOTHING_SAID.match(item)))


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
