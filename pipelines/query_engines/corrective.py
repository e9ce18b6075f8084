"""Retrieve; where that was not enough, rewrite the question once, then fall back, then refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.postprocessor.types import BaseNodePostprocessor

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.llms.protocol import ChoiceLLM
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.corrective_settings import CorrectiveSettings
from pipelines.query_engines.reading import Reader, Reading
from pipelines.query_engines.rewriting import rewritten_question
from pipelines.query_engines.searching import Stopwatch, search
from pipelines.query_engines.stopping import stop_if
from pipelines.query_engines.wording import Wording


class Corrective(AnsweringEngine):
    """See CorrectiveSettings. `Answer.steps` names each search, its query and its outcome.

    `retrieved`, `stages`, `context` and `sufficiency` are those of the last search.
    """

    def __init__(
        self,
        settings: CorrectiveSettings,
        llm: ChoiceLLM,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
        fallback: BaseRetriever | None = None,
        fallback_postprocessors: Sequence[tuple[str, BaseNodePostprocessor]] = (),
    ) -> None:
        super().__init__()
        self._llm = llm
        self._reader = Reader(settings, llm)
        self._retriever = retriever
        self._postprocessors = list(postprocessors)
        self._fallback = fallback
        self._fallback_postprocessors = list(fallback_postprocessors)

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
        steps: list[str] = []
        for step, found in self._searches(wording, watch, cancelled):
            reading = self._reader.read(found, wording, watch)
            steps.append(f"{step}: {_outcome(reading)}")
            if reading.enough:
                answer = self._reader.write(reading, wording, watch, on_token, cancelled)
                return replace(answer, steps=steps)
            stop_if(cancelled)
        return replace(self._reader.refuse(reading, watch), steps=[*steps, "refused"])

    def _searches(
        self, wording: Wording, watch: Stopwatch, cancelled: Callable[[], bool] | None
    ) -> Iterator[tuple[str, Answer]]:
        """(what is searched, what was found), one after the other as long as they are asked for."""
        found = search(wording.searched, wording.retriever, self._postprocessors, watch=watch)
        yield f"searched {wording.searched!r}", found
        with watch.stage("rewriting the query"):
            rewritten = rewritten_question(self._llm, wording, cancelled)
        stop_if(cancelled)
        if rewritten not in (wording.read, wording.searched):
            found = search(
                rewritten,
                self._retriever,
                self._postprocessors,
                watch=watch,
                put_as=wording.searched,
            )
            yield f"rewritten to {rewritten!r}", found
        if self._fallback is not None:
            with watch.stage("falling back"):
                found = search(wording.searched, self._fallback, self._fallback_postprocessors)
            yield "fallback", found


def _outcome(reading: Reading) -> str:
    if not reading.found.context:
        return "no passages"
    probability = reading.found.sufficiency
    if probability is None:
        return "passages, not checked"
    return f"{'sufficient' if reading.enough else 'insufficient'} ({probability:.2f})"
