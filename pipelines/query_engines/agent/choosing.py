"""Which tool a question needs, read from the logits of the tools' letters."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage

from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import inert
from pipelines.query_engines.agent.prompts import ASKED_BEFORE, CHOOSE_TOOL
from pipelines.query_engines.agent.tool import AgentTool
from pipelines.query_engines.follow_up import FollowUp
from pipelines.query_engines.lettered import choose_letter


def tool_probabilities(
    llm: ChoiceScorer,
    tools: Sequence[AgentTool],
    question: str,
    history: Sequence[ChatMessage],
    orders: int,
) -> dict[str, float]:
    """How probable it is, in 0..1, that a question needs each tool, by its name.

    Of the conversation only the question before counts. Nothing that a document, a page or a model
    wrote is read here, so none of it can choose.

    Args:
        llm: Scores the letters.
        tools: Two at least.
        question: As the person put it.
        history: Earlier turns, oldest first.
        orders: Orders of the tools to average over.

    Raises:
        YomitokiError: The model would answer with none of the letters.
    """
    follow_up = FollowUp.of(question, history)
    before = ASKED_BEFORE.format(before=follow_up.before) if follow_up else ""

    def messages(listed: str) -> list[ChatMessage]:
        return CHOOSE_TOOL.messages(before=before, question=inert(question), tools=listed)

    probabilities = choose_letter(llm, [tool.description for tool in tools], orders, messages)
    return {tool.name: p for tool, p in zip(tools, probabilities, strict=True)}
