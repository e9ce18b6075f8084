"""A question as retrieval searches it and as the model reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage

from pipelines import prompts
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import inert
from pipelines.query_engines.follow_up import FollowUp, FollowUpRetriever
from pipelines.query_engines.searching import Stopwatch
from pipelines.query_engines.standalone import standalone_question


@dataclass(frozen=True)
class Wording:
    """A question after what was said.

    `question` is the user's own; `searched` is what `retriever` is asked; `read` is what the model
    is asked, after the `conversation`, a block of its prompt or "".
    """

    question: str
    searched: str
    retriever: BaseRetriever
    read: str
    conversation: str = ""


def word(
    question: str,
    history: Sequence[ChatMessage],
    follow_ups: Literal["join", "rewrite", "alone"],
    llm: ChoiceLLM,
    retriever: BaseRetriever,
    watch: Stopwatch,
) -> Wording:
    """The wording of a question with a conversation before it, or with none.

    Args:
        question: As the user put it.
        history: Earlier turns, oldest first.
        follow_ups: See RetrieveAndAnswerSettings.
        llm: Rewrites the question, if that is what is done.
        retriever: Finds nodes for a question that stands alone.
        watch: Times the rewriting.

    Raises:
        YomitokiError: The model failed to rewrite.
    """
    follow_up = FollowUp.of(question, history)
    if follow_up is None or follow_ups == "alone":
        return Wording(question, question, retriever, question)
    if follow_ups == "rewrite":
        with watch.stage("rewriting the question"):
            rewritten = standalone_question(llm, follow_up)
        return Wording(question, rewritten, retriever, rewritten)
    joined = FollowUpRetriever(retriever, follow_up)
    return Wording(question, follow_up.query, joined, question, conversation(follow_up))


def conversation(follow_up: FollowUp | None) -> str:
    """The last turn as a block of a prompt; "" where there was none."""
    if follow_up is None:
        return ""
    return prompts.CONVERSATION.format(before=follow_up.before, answer=follow_up.answer)


def passage_messages(wording: Wording, passages: str, instruction: str) -> list[ChatMessage]:
    """The prompt that shows passages and question and asks for what `instruction` says.

    Prompts of one wording and passages differ in their last line only, so that the next one is
    read from there on.
    """
    return prompts.ANSWER.messages(
        context=passages,
        conversation=wording.conversation,
        question=inert(wording.read),
        instruction=instruction,
    )
