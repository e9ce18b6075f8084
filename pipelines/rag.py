"""The one place that wires parts: from settings to an open pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.postprocessor.types import BaseNodePostprocessor

from pipelines.adjusted import with_top_k, with_writing
from pipelines.answer import Answer, OnStage, OnToken
from pipelines.config import PipelineSettings
from pipelines.errors import ConfigError, YomitokiError
from pipelines.indexing import collection_identity
from pipelines.llms.model_work import work_of
from pipelines.llms.settings import LLMSettings
from pipelines.notes import noted
from pipelines.part_wrapper import PartWrapper
from pipelines.parts import Parts
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.multiple_choice import MultipleChoice
from pipelines.query_engines.searching import search
from pipelines.question import check_question
from pipelines.retrievers.nothing import NothingRetriever
from pipelines.scope import NodeFilter, Scope
from storage.collection import Collection
from storage.readers.web_page import WebPageReader
from storage.scoped_collection import ScopedCollection

if TYPE_CHECKING:
    # torch is half of what an ingest would import, and it does not need it.
    from pipelines.llms.language_model import LanguageModel

Cancelled = Callable[[], bool] | None
BuildLLM = Callable[[LLMSettings, Path, "OnStage | None"], "LanguageModel"]


class RagPipeline:
    """An open collection with everything that answering needs; the language model loads late.

    Use as a context manager. One question at a time. `settings` are those it was opened with.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        home: Path,
        on_stage: OnStage | None,
        wrapper: PartWrapper | None = None,
        build_llm: BuildLLM | None = None,
    ) -> None:
        """Open the collection and the embedding; see `open`."""
        self.settings = settings
        self._home = home
        self._wrapper = wrapper or PartWrapper()
        self._build_llm = build_llm or (lambda llm, home, on_stage: llm.build(home, on_stage))
        self._llm: LanguageModel | None = None
        self._judge: LanguageModel | None = None
        self._engine: AnsweringEngine | None = None
        self._where = settings.where
        self._open: dict[str, Collection] = {}
        self._read_page = WebPageReader()
        self._parts = Parts(home=home, read_page=self._read_page)
        if settings.query_engine.reads_documents:
            self._open_documents(on_stage)

    @classmethod
    def open(
        cls,
        settings: PipelineSettings,
        home: Path,
        on_stage: OnStage | None = None,
        wrapper: PartWrapper | None = None,
        build_llm: BuildLLM | None = None,
    ) -> RagPipeline:
        """Open the collection that the settings name.

        For an engine that reads no documents there need not be one. `wrapper` stands around the
        retriever and the postprocessors; `build_llm` takes the place of loading a model anew, for
        pipelines that share one.

        Raises:
            YomitokiError: There is no such collection, or it was built with another
                embedding or node parser.
        """
        return cls(settings, home, on_stage, wrapper, build_llm)

    def search(
        self,
        question: str,
        top_k: int | None = None,
        on_stage: OnStage | None = None,
        cancelled: Cancelled = None,
        where: NodeFilter | None = None,
    ) -> Answer:
        """Retrieval and postprocessing only; `top_k` widens or narrows it."""
        check_question(question)
        self._open_documents(on_stage)
        self._look_at(where)
        settings = with_top_k(self.settings, top_k) if top_k else self.settings
        judged = self._load_judge(on_stage)
        asking = [p for p in (settings.retriever, *settings.postprocessors) if p.asks_llm()]
        if any(not (judged and part.judges) for part in asking):
            self._load_llm(on_stage)
        retriever, postprocessors = self._searching(settings)
        with self._working(cancelled) as notes:
            answer = search(question, retriever, postprocessors, on_stage)
        answer = replace(answer, notes=notes)
        if not top_k:
            return answer
        return replace(
            answer,
            retrieved=answer.retrieved[:top_k] if not answer.stages else answer.retrieved,
            stages=[(kind, nodes[:top_k]) for kind, nodes in answer.stages],
        )

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Cancelled = None,
        where: NodeFilter | None = None,
        writing: Mapping[str, object] | None = None,
    ) -> Answer:
        """A cited answer or a refusal; see `AnsweringEngine.ask`.

        The engine sees one state of the collection from retrieval to answer. `where` takes the
        place of the settings' filter, until another is given; `writing` changes how this answer is
        written (see `adjusted.with_writing`).

        Raises:
            YomitokiError: No passage matches the filter.
            StoppedError: `cancelled` said so while a prompt was being read.
        """
        self._look_at(where)
        engine = self.engine(on_stage)
        if writing:
            engine = self._built(with_writing(self.settings, writing))
        return self._answered(
            lambda: engine.ask(question, history, on_stage, on_token, cancelled), cancelled
        )

    def choose(
        self,
        question: str,
        options: Sequence[str],
        on_stage: OnStage | None = None,
        cancelled: Cancelled = None,
        where: NodeFilter | None = None,
    ) -> Answer:
        """A ranking of a question's options; see `MultipleChoice.choose`, and `ask` for `where`.

        Raises:
            ConfigError: The configured query engine ranks no options.
            StoppedError: `cancelled` said so.
        """
        self._look_at(where)
        engine = self.engine(on_stage)
        if not isinstance(engine, MultipleChoice):
            kind = self.settings.query_engine.kind
            raise ConfigError(
                f"query_engine.kind: {kind!r} takes no options: set it to multiple_choice"
            )
        return self._answered(
            lambda: engine.choose(question, options, on_stage, cancelled), cancelled
        )

    def engine(self, on_stage: OnStage | None = None) -> AnsweringEngine:
        """The query engine that the settings name, built once, with its language model loaded.

        It is a LlamaIndex query engine, usable as long as the pipeline is open.
        """
        self._load_llm(on_stage)
        self._load_judge(on_stage)
        self._engine = self._engine or self._built(self.settings)
        return self._engine

    def _built(self, settings: PipelineSettings) -> AnsweringEngine:
        """The engine of settings that differ from the pipeline's in how it writes, at most."""
        parts = self._parts
        if self._llm is not None and settings.llm != self.settings.llm:
            parts = replace(parts, llm=self._llm.with_generation(settings.llm.generation))
        if not settings.query_engine.reads_documents:
            return settings.query_engine.build(parts, NothingRetriever(), [])
        return settings.query_engine.build(parts, *self._searching(settings))

    def _searching(
        self, settings: PipelineSettings
    ) -> tuple[BaseRetriever, list[tuple[str, BaseNodePostprocessor]]]:
        """The retriever and the postprocessors by their kind, built."""
        around, parts = self._wrapper, self._parts
        retriever = around.retriever(settings.retriever, settings.retriever.build(parts))
        return retriever, [
            (p.kind, around.postprocessor(p, p.build(parts))) for p in settings.postprocessors
        ]

    def _answered(self, answer: Callable[[], Answer], cancelled: Cancelled) -> Answer:
        before = work_of(self._models())
        with self._working(cancelled) as notes:
            answered = answer()
        spent = work_of(self._models()) - before
        return replace(answered, model_seconds=spent.seconds, total_usage=spent.usage, notes=notes)

    def _models(self) -> list[LanguageModel]:
        return [model for model in (self._llm, self._judge) if model is not None]

    @contextmanager
    def _working(self, cancelled: Cancelled) -> Iterator[list[str]]:
        """Inside, the collection keeps one state, models can be stopped, and notes are taken."""
        with self._snapshot(), noted() as notes, ExitStack() as stack:
            for model in self._models():
                stack.enter_context(model.stopping(cancelled))
            yield notes

    def close(self) -> None:
        """Close the collections, and what reads pages of the web."""
        self._read_page.close()
        for collection in self._open.values():
            collection.close()

    def __enter__(self) -> RagPipeline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _open_documents(self, on_stage: OnStage | None) -> None:
        settings = self.settings
        if settings.collection in self._open:
            return
        if on_stage:
            on_stage("opening collection")
        identity = collection_identity(settings, self._home)
        collection = Collection(
            self._home, settings.collection, identity.embedding, identity.parser
        )
        if not collection.counts()[0]:
            collection.close()
            raise YomitokiError(
                f"collection {settings.collection!r}: it holds no documents: run python main.py "
                f"ingest PATH --collection {settings.collection}"
            )
        self._open[settings.collection] = collection
        self._parts = replace(
            self._parts,
            embed_model=settings.embedding.build(self._home),
            open_collection=self._open_other,
        )
        self._narrow()

    def _look_at(self, where: NodeFilter | None) -> None:
        if where is not None and where != self._where:
            self._where, self._engine = where, None
            self._narrow()

    def _narrow(self) -> None:
        if collection := self._open.get(self.settings.collection):
            self._parts = replace(self._parts, collection=self._within(collection))

    def _snapshot(self) -> AbstractContextManager[None]:
        collection = self._open.get(self.settings.collection)
        return collection.snapshot() if collection else nullcontext()

    def _within(self, collection: Collection) -> Collection | ScopedCollection:
        return collection.within(Scope(where=self._where)) if self._where else collection

    def _open_other(self, name: str) -> Collection | ScopedCollection:
        if name not in self._open:
            embedding = collection_identity(self.settings, self._home).embedding
            self._open[name] = Collection(self._home, name, embedding)
        return self._within(self._open[name])

    def _load_llm(self, on_stage: OnStage | None) -> LanguageModel:
        if self._llm is None:
            self._llm = self._build_llm(self.settings.llm, self._home, on_stage)
            self._parts = replace(self._parts, llm=self._llm)
        return self._llm

    def _load_judge(self, on_stage: OnStage | None) -> LanguageModel | None:
        """The model for decisions, where one is configured and a postprocessor asks for it."""
        settings = self.settings
        if settings.judge is None or not any(part.judges for part in settings.postprocessors):
            return None
        if self._judge is None:
            self._judge = self._build_llm(settings.judge, self._home, on_stage)
            self._parts = replace(self._parts, judge=self._judge)
        return self._judge
