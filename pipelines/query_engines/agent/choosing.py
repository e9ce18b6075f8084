"""Which tool a question needs, read from the logits of the tools' letters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import inert
from pipelines.query_engines.agent.prompts import ASKED_BEFORE, CHOOSE_TOOL
from pipelines.query_engines.agent.tool import AgentTool
from pipelines.query_engines.follow_up import FollowUp
from pipelines.query_engines.lettered import letter, list_options, rotations


def tool_probabilities(
    llm: ChoiceScorer,
    tools: Sequence[AgentTool],
    question: str,
    history: Sequence[ChatMessage],
    orders: int,
) -> dict[str, float]:
    """How probable it is, in 0..1, that a question needs each tool, by its name.

    Of the conversation only the question before counts. Nothing that a document, a page or a model
    wrote is read here, so none of it can choose. A tool that finds nothing near has probability 0.

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
    asked = CHOOSE_TOOL.user.format(before=before, question=inert(question))
    chosen = rotations(len(tools), orders)
    prompts = [[*_shown(tools, order), ChatMessage(content=asked)] for order in chosen]
    letters = [letter(place) for place in range(len(tools))]
    totals = dict.fromkeys((tool.name for tool in tools), 0.0)
    for order, scores in zip(chosen, llm.score_choices(prompts, letters), strict=True):
        for place, score in zip(order, scores, strict=True):
            totals[tools[place].name] += math.exp(score) * tools[place].weight
    words = f"{follow_up.before} {question}" if follow_up else question
    near = {tool.name: tool.finds is None or tool.finds(words) for tool in tools}
    if any(near.values()):
        totals = {name: total if near[name] else 0.0 for name, total in totals.items()}
    whole = sum(totals.values())
    return {name: total / whole for name, total in totals.items()}


def _shown(tools: Sequence[AgentTool], order: Sequence[int]) -> Iterator[ChatMessage]:
    """The tools in an order, and their examples as turns with the letters that they then have."""
    listed = list_options([tools[place].description for place in order])
    yield ChatMessage(role=MessageRole.SYSTEM, content=CHOOSE_TOOL.system + listed)
    rounds = zip_longest(*(tool.examples for tool in tools))
    for number, examples in enumerate(rounds):
        # Forwards and backwards, so that no tool is always the last one.
        turns = list(enumerate(examples))[:: -1 if number % 2 else 1]
        for place, example in turns:
            if example is not None:
                user = CHOOSE_TOOL.user.format(before="", question=inert(example))
                yield ChatMessage(content=user)
                yield ChatMessage(role=MessageRole.ASSISTANT, content=letter(order.index(place)))
