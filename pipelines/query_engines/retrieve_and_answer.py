"""Retrieve, pack, decide whether that is enough, answer, cite."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.retrievers import BaseRetriever

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.llms.protocol import ChoiceLLM
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.reading import Reader
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.searching import Stopwatch, search


class RetrieveAndAnswer(AnsweringEngine):
    """See RetrieveAndAnswerSettings. One question at a time."""

    def __init__(
        self,
        settings: RetrieveAndAnswerSettings,
        llm: ChoiceLLM,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> None:
        super().__init__()
        self._reader = Reader(settings, llm)
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
        """See `AnsweringEngine.ask`."""
        watch = Stopwatch(on_stage)
        wording = self._reader.word(question, history, self._retriever, watch)
        found = search(wording.searched, wording.retriever, self._postprocessors, watch=watch)
        reading = self._reader.read(found, wording, watch)
        if not reading.enough:
            return self._reader.refuse(reading, watch)
        return self._reader.write(reading, wording, watch, on_token, cancelled)
