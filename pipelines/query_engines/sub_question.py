"""Take a question apart, search for each part, answer once from the union."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.postprocessor.types import BaseNodePostprocessor

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.llms.protocol import ChoiceLLM
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.reading import Reader
from pipelines.query_engines.rewriting import sub_questions
from pipelines.query_engines.searching import Stopwatch, remaining, search
from pipelines.query_engines.sharing import in_turns, shared_out
from pipelines.query_engines.stopping import stop_if
from pipelines.query_engines.sub_question_settings import SubQuestionSettings
from pipelines.query_engines.wording import Wording


class SubQuestion(AnsweringEngine):
    """See SubQuestionSettings. `Answer.steps` holds the sub-questions, none where it was asked
    whole; the last of `Answer.stages`, `sub_questions`, holds the union."""

    def __init__(
        self,
        settings: SubQuestionSettings,
        llm: ChoiceLLM,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> None:
        super().__init__()
        self._settings = settings
        self._llm = llm
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
        with watch.stage("writing sub-questions"):
            parts = sub_questions(self._llm, wording, self._settings.max_questions, cancelled)
        stop_if(cancelled)
        if parts:
            found = self._search_each(parts, wording, watch, cancelled)
        else:
            found = search(wording.searched, wording.retriever, self._postprocessors, watch=watch)
        reading = self._reader.read(found, wording, watch)
        if not reading.enough:
            return self._reader.refuse(reading, watch)
        return self._reader.write(reading, wording, watch, on_token, cancelled)

    def _search_each(
        self,
        parts: Sequence[str],
        wording: Wording,
        watch: Stopwatch,
        cancelled: Callable[[], bool] | None,
    ) -> Answer:
        searches = []
        for part in parts:
            searches.append(search(part, self._retriever, self._postprocessors, watch=watch))
            stop_if(cancelled)
        union = shared_out(
            [remaining(found) for found in searches],
            self._settings.context_tokens,
            self._llm.count_tokens,
        )
        return replace(
            searches[0],
            question=wording.searched,
            retrieved=in_turns([found.retrieved for found in searches]),
            stages=[("sub_questions", union)],
            steps=[f"sub-question {n}: {part}" for n, part in enumerate(parts, start=1)],
        )
