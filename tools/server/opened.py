"""The pipelines that a worker's thread has open: one a model and collection, the latest ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.config import PipelineSettings
from pipelines.llms.model_pool import ModelPool
from pipelines.rag import RagPipeline
from pipelines.scope import NodeFilter
from tools.server.served_model import ServedModel

if TYPE_CHECKING:
    from pipelines.embeddings.embedded_e5 import EmbeddedE5
    from pipelines.embeddings.huggingface import HuggingFaceEmbedding

MOST_OPEN = 8


class ServedEngine(Protocol):
    """What is asked of an open pipeline; `pipelines.rag.RagPipeline` is the real one."""

    def search(
        self,
        question: str,
        top_k: int | None = None,
        on_stage: OnStage | None = None,
        cancelled: Callable[[], bool] | None = None,
        where: NodeFilter | None = None,
    ) -> Answer:
        """Retrieval and postprocessing only."""
        ...

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
        where: NodeFilter | None = None,
        writing: Mapping[str, object] | None = None,
    ) -> Answer:
        """A cited answer, or a refusal."""
        ...

    def choose(
        self,
        question: str,
        options: Sequence[str],
        on_stage: OnStage | None = None,
        cancelled: Callable[[], bool] | None = None,
        where: NodeFilter | None = None,
    ) -> Answer:
        """A ranking of options."""
        ...

    def engine(self, on_stage: OnStage | None = None) -> object:
        """Have the language model loaded."""
        ...


@dataclass
class _Open:
    engine: ServedEngine
    stack: ExitStack


class OpenPipelines:
    """Used, and closed, by one thread. Equal language models are loaded once."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pool = ModelPool()
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()
        self._embeddings: dict[str, EmbeddedE5 | HuggingFaceEmbedding] = {}

    def engine(self, model: ServedModel, collection: str) -> ServedEngine:
        """The pipeline of a model over a collection.

        Raises:
            YomitokiError: There is no such collection, or it was built otherwise.
        """
        key = (model.name, collection)
        if key not in self._open:
            while len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)[1].stack.close()
            self._open[key] = self._opened(model.within(collection))
        self._open.move_to_end(key)
        return self._open[key].engine

    def _opened(self, settings: PipelineSettings) -> _Open:
        with ExitStack() as stack:
            pipeline = RagPipeline.open(settings, self._home, build_llm=self._pool.build)
            stack.enter_context(pipeline)
            return _Open(pipeline, stack.pop_all())

    def forget(self, model: ServedModel, collection: str) -> None:
        """Close a pipeline that failed, so that the next question opens it anew."""
        if opened := self._open.pop((model.name, collection), None):
            opened.stack.close()

    def embedding(self, model: ServedModel) -> EmbeddedE5 | HuggingFaceEmbedding:
        """A model's embedding."""
        settings = model.settings.embedding
        key = settings.fingerprint()
        if key not in self._embeddings:
            self._embeddings[key] = settings.build(self._home)
        return self._embeddings[key]

    def close(self) -> None:
        """Close them all."""
        for opened in self._open.values():
            opened.stack.close()
        self._open.clear()
