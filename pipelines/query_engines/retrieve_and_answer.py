"""Retrieve, pack, decide whether that is enough, answer, cite."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.retrievers import BaseRetriever

from pipelines import prompts
from pipelines.answer import Answer, OnStage, OnToken, Usage
from pipelines.errors import YomitokiError
from pipelines.japanese.numbers import numbers_in
from pipelines.japanese.variants import forms_of
from pipelines.llms.protocol import ChoiceLLM, Completion, Failed, Finished, Token
from pipelines.prompts import inert
from pipelines.query_engines.citing import cite, quotes
from pipelines.query_engines.context import pack
from pipelines.query_engines.follow_up import FollowUp, FollowUpRetriever
from pipelines.query_engines.looping import looping
from pipelines.query_engines.refusing import is_refusal
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.searching import Stopwatch, remaining, search
from pipelines.query_engines.standalone import standalone_question

# Of the room beside the passages; the rest is for the prompt's own words.
LONGEST_QUESTION_SHARE = 0.5
# Smaller ones count (一つ), order (第二に) and enumerate (1.), and stand for no fact.
LEAST_CHECKED_NUMBER = 10


@dataclass(frozen=True)
class _Wording:
    """A question as retrieval searches it and as the model reads it, after what was said."""

    searched: str
    retriever: BaseRetriever
    read: str
    conversation: str = ""


class RetrieveAndAnswer:
    """See RetrieveAndAnswerSettings. One question at a time."""

    def __init__(
        self,
        settings: RetrieveAndAnswerSettings,
        llm: ChoiceLLM,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> None:
        self._settings = settings
        self._llm = llm
        self._retriever = retriever
        self._postprocessors = list(postprocessors)

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            question: As the user put it.
            history: Earlier turns, oldest first, which a follow-up refers to.
            on_stage: Hears the stage that begins.
            on_token: Hears the answer's text piece by piece.
            cancelled: Asked between tokens; True ends the answer there.

        Raises:
            YomitokiError: The question is empty or too long, or generation failed.
        """
        self._check(question)
        watch = Stopwatch(on_stage)
        wording = self._worded(question, history, watch)
        found = search(wording.searched, wording.retriever, self._postprocessors, watch=watch)
        context, passages = pack(
            remaining(found), self._settings.context_tokens, self._llm.count_tokens
        )
        found = replace(found, question=question, asked=wording.searched, context=context)
        if not context:
            return _refusal(found, watch)
        if self._settings.sufficient:
            with watch.stage("checking the passages"):
                probability = self._sufficient(wording, passages)
            if probability < self._settings.sufficient:
                return _refusal(replace(found, sufficiency=probability), watch)
            found = replace(found, sufficiency=probability)
        messages = _messages(wording, passages, prompts.ANSWER_INSTRUCTION)
        found = replace(found, prompt=self._llm.render(messages))
        known = wording.searched + passages
        with watch.stage("answering"):
            completion = self._generate(messages, forms_of(known), on_token, cancelled)
        found = replace(found, usage=completion.usage, seconds=dict(watch.seconds))
        text = completion.text.strip()
        if is_refusal(text) or (cancelled and cancelled()):
            return replace(found, text=text, refused=is_refusal(text))
        if self._settings.check_numbers and (invented := _invented(text, known)):
            return replace(
                found, text=prompts.REFUSAL_NUMBERS.format(numbers=invented), refused=True
            )
        return self._cited(found, text, wording.read, on_token)

    def _worded(self, question: str, history: Sequence[ChatMessage], watch: Stopwatch) -> _Wording:
        follow_up = FollowUp.of(question, history)
        if follow_up is None or self._settings.follow_ups == "alone":
            return _Wording(question, self._retriever, question)
        if self._settings.follow_ups == "rewrite":
            with watch.stage("rewriting the question"):
                rewritten = standalone_question(self._llm, follow_up)
            return _Wording(rewritten, self._retriever, rewritten)
        said = prompts.CONVERSATION.format(before=follow_up.before, answer=follow_up.answer)
        retriever = FollowUpRetriever(self._retriever, follow_up)
        return _Wording(follow_up.query, retriever, question, said)

    def _cited(self, found: Answer, text: str, question: str, on_token: OnToken | None) -> Answer:
        citations = cite(text, question, found.context, self._settings.max_citations)
        if citations and self._settings.quote:
            quoted = "\n" + quotes(citations)
            text += quoted
            if on_token:
                on_token(quoted)
        return replace(found, text=text, citations=citations)

    def _check(self, question: str) -> None:
        if not question.strip():
            raise YomitokiError("question: it is empty: write a question")
        settings = self._settings
        room = self._llm.context_window - settings.max_new_tokens - settings.context_tokens
        tokens = self._llm.count_tokens(question)
        longest = int(room * LONGEST_QUESTION_SHARE)
        if tokens > longest:
            raise YomitokiError(
                f"question: {tokens} tokens are too long: at most {longest} fit beside "
                f"query_engine.context_tokens={settings.context_tokens} in "
                f"llm.context_window={self._llm.context_window}"
            )

    def _sufficient(self, wording: _Wording, context: str) -> float:
        """Probability that the passages hold the answer, by the model's own yes or no."""
        messages = _messages(wording, context, prompts.SUFFICIENT_INSTRUCTION)
        return math.exp(self._llm.score_choices([messages], prompts.YES_NO)[0][0])

    def _generate(
        self,
        messages: Sequence[ChatMessage],
        written: Callable[[str], str],
        on_token: OnToken | None,
        cancelled: Callable[[], bool] | None,
    ) -> Completion:
        """The model's answer, its kanji `written` as the passages write them."""
        text = ""
        events = self._llm.stream_events(
            messages, max_new_tokens=self._settings.max_new_tokens, stop=prompts.ANSWER_ENDS
        )
        for event in events:
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
                usage = Usage(self._llm.count_prompt_tokens(messages), self._llm.count_tokens(text))
                return Completion(before_loop or text, usage, cut=True)
        raise YomitokiError("answering: the model ended without a result: try again with --debug")


def _invented(answer: str, known: str) -> str:
    """The numbers of an answer that a text does not hold, as a list to read; mostly ""."""
    invented = numbers_in(answer) - numbers_in(known, loose=True)
    return ", ".join(f"{n:f}" for n in sorted(invented) if n >= LEAST_CHECKED_NUMBER)


def _refusal(found: Answer, watch: Stopwatch) -> Answer:
    return replace(found, text=prompts.REFUSAL, refused=True, seconds=dict(watch.seconds))


def _messages(wording: _Wording, context: str, instruction: str) -> list[ChatMessage]:
    user = prompts.ANSWER.user.format(
        context=context,
        conversation=wording.conversation,
        question=inert(wording.read),
        instruction=instruction,
    )
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=prompts.ANSWER.system),
        ChatMessage(content=user),
    ]
