"""What every query engine is: a LlamaIndex engine that makes an `Answer`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.base.response.schema import Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import QueryBundle

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.notes import noted


class AnsweringEngine(BaseQueryEngine):
    """One question at a time; `ask` returns all that came of it, `query` LlamaIndex's part of it.

    A `Response` holds the answer's text, the passages that the model read as `source_nodes` (best
    last), and in `metadata`, as plain data, whether it `refused`, its `citations`, the `notes`
    that were made on the way, the `ranking` of a multiple-choice question and the `trace` of an
    agent.
    """

    def __init__(self) -> None:
        super().__init__(callback_manager=None)

    @abstractmethod
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
            StoppedError: `cancelled` said so before there was an answer to end.
        """

    def _query(self, query_bundle: QueryBundle) -> Response:
        with noted() as notes:
            answer = self.ask(query_bundle.query_str)
        return Response(
            response=answer.text,
            source_nodes=answer.context,
            metadata={
                "refused": answer.refused,
                "citations": [asdict(citation) for citation in answer.citations],
                "notes": notes,
                "ranking": [asdict(ranked) for ranked in answer.ranking],
                "trace": [asdict(step) for step in answer.trace],
            },
        )

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        # Not in another thread: an open collection belongs to the one that opened it.
        return self._query(query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}
