"""The model alone, without retrieval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines import prompts
from pipelines.answer import Answer, OnStage, OnToken
from pipelines.errors import QuestionError
from pipelines.generating import generate
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import inert
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.closed_book_settings import ClosedBookSettings
from pipelines.query_engines.refusing import is_refusal
from pipelines.query_engines.searching import Stopwatch
from pipelines.question import check_question


class ClosedBook(AnsweringEngine):
    """See ClosedBookSettings. An answer that says the model does not know is a refusal."""

    def __init__(self, settings: ClosedBookSettings, llm: ChoiceLLM) -> None:
        super().__init__()
        self._settings = settings
        self._llm = llm

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """See `AnsweringEngine.ask`."""
        check_question(question)
        watch = Stopwatch(on_stage)
        messages = self._messages(question, history)
        with watch.stage("answering"):
            completion = generate(
                self._llm,
                messages,
                max_new_tokens=self._settings.max_new_tokens,
                on_token=on_token,
                cancelled=cancelled,
            )
        text = completion.text.strip()
        return Answer(
            question=question,
            text=text,
            refused=is_refusal(text),
            prompt=self._llm.render(messages),
            usage=completion.usage,
            seconds=dict(watch.seconds),
        )

    def _messages(self, question: str, history: Sequence[ChatMessage]) -> list[ChatMessage]:
        """The prompt with as many whole turns, the newest, as fit."""
        asked = [i for i, message in enumerate(history) if message.role == MessageRole.USER]
        room = self._llm.context_window - self._settings.max_new_tokens
        for start in [*asked, len(history)]:
            messages = [
                ChatMessage(role=MessageRole.SYSTEM, content=prompts.CLOSED_BOOK.system),
                *(
                    ChatMessage(role=m.role, content=inert(m.content or ""))
                    for m in history[start:]
                ),
                ChatMessage(content=prompts.CLOSED_BOOK.user.format(question=inert(question))),
            ]
            tokens = self._llm.count_prompt_tokens(messages)
            if tokens <= room:
                return messages
        raise QuestionError(
            f"question: a prompt of {tokens} tokens is too long: at most {room} fit beside "
            f"query_engine.max_new_tokens={self._settings.max_new_tokens} in "
            f"llm.context_window={self._llm.context_window}"
        )
