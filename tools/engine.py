"""What the surfaces ask of the system: `pipelines.rag.RagPipeline`, or a double of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.config import PipelineSettings
from pipelines.scope import NodeFilter


class Engine(Protocol):
    """An open collection with everything that its settings name."""

    def search(
        self, question: str, top_k: int | None = None, on_stage: OnStage | None = None
    ) -> Answer:
        """Retrieval and postprocessing only; the answer's text is empty."""
        ...

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
        where: NodeFilter | None = None,
    ) -> Answer:
        """A cited answer, or a refusal; `where` takes the place of the settings' filter."""
        ...

    def choose(
        self,
        question: str,
        options: Sequence[str],
        on_stage: OnStage | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """A ranking of a question's options, where the settings' query engine makes one."""
        ...


OpenEngine = Callable[[PipelineSettings, Path, OnStage | None], AbstractContextManager[Engine]]


def open_engine(
    settings: PipelineSettings, home: Path, on_stage: OnStage | None = None
) -> AbstractContextManager[Engine]:
    """The real one."""
    from pipelines.rag import RagPipeline

    return RagPipeline.open(settings, home, on_stage)
