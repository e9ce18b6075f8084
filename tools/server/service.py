"""What the server does for a request: the right worker, pipeline and settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.schema import Document

from pipelines.answer import Answer
from pipelines.errors import QuestionError, StoppedError, YomitokiError
from pipelines.scope import NodeFilter
from tools.server.failures import ApiError
from tools.server.ingestion import Ingestion
from tools.server.jobs import Job
from tools.server.mailbox import Mailbox
from tools.server.metrics import Metrics
from tools.server.opened import OpenPipelines, ServedEngine
from tools.server.served_model import ServedModel, ServedModels
from tools.server.worker import Worker

EMBEDDED_AT_ONCE = 64

T = TypeVar("T")
Record = dict[str, Any]


class CollectionRecords(Protocol):
    """What is told of collections; nothing of it names a folder of the server."""

    def all(self) -> list[Record]:
        """Every collection, by name."""
        ...

    def one(self, name: str) -> Record | None:
        """A collection with its documents; None if there is none."""
        ...

    def document(self, name: str, source: str) -> Document | None:
        """A document as it was ingested; None if there is none."""
        ...


@dataclass(frozen=True)
class Target:
    """Where a question is asked; `where` is None for the model's own filter."""

    model: ServedModel
    collection: str
    where: NodeFilter | None = None

    @property
    def filter(self) -> NodeFilter:
        """What is searched. Said each time: a pipeline keeps the filter that it was given last."""
        return self.model.settings.where if self.where is None else self.where


@dataclass(frozen=True)
class Embedded:
    """Vectors in the order of the texts, and the tokens of all texts."""

    vectors: list[list[float]]
    tokens: int


class Service:
    """Workers: `answer` owns the language models, `search` does all that needs none, and `ingest`
    reads files in.

    Each has pipelines of its own, as SQLite's connections belong to a thread. Every method but
    `start` and `close` is called in the event loop and raises ApiError when the queue is full.

    Args:
        models: What is served.
        home: Where models and collections are.
        collections: What is told of collections.
        queue: Requests that may wait for a worker.
        seconds: Until an answer is given up.
    """

    def __init__(
        self,
        models: ServedModels,
        home: Path,
        collections: CollectionRecords,
        queue: int,
        seconds: float,
    ) -> None:
        self.models = models
        self.metrics = Metrics()
        self.ready = False
        self.draining = asyncio.Event()
        self._collections = collections
        self._seconds = seconds
        self._answering = OpenPipelines(home)
        self._searching = OpenPipelines(home)
        self._answer = Worker("answer", queue, self.metrics.job, self._answering.close)
        self._search = Worker("search", queue, self.metrics.job, self._searching.close)
        self.ingestion = Ingestion(home, self.metrics.job)
        self._workers = (self._answer, self._search, self.ingestion.worker)
        self.metrics.watch(self._workers)

    def start(self) -> None:
        """Start the workers; a model is loaded when it is first asked."""
        for worker in self._workers:
            worker.start()

    def start_loading(self, failed: Callable[[Exception], None]) -> None:
        """Start the workers and load the first model; `failed` hears if that can't be."""

        def load(_: Job) -> None:
            model = self.models.first
            engine = self._answering.engine(model, model.settings.collection)
            engine.engine()
            self.ready = True

        def deliver(event: object) -> None:
            if error := getattr(event, "error", None):
                failed(error)

        self._answer.submit(Job("load", load, float("inf"), deliver))
        self.start()

    def drain(self) -> None:
        """Take no more work and refuse what waits; what runs goes on."""
        self.ready = False
        self.draining.set()
        for worker in self._workers:
            worker.close()

    @property
    def busy(self) -> bool:
        """Whether anything runs."""
        return any(worker.busy for worker in self._workers)

    def stop(self) -> None:
        """Break off what runs."""
        for worker in self._workers:
            worker.stop()

    def join(self, timeout_seconds: float) -> bool:
        """Whether both threads have ended, each within the time."""
        return sum(worker.join(timeout_seconds) for worker in self._workers) == len(self._workers)

    def target(
        self,
        model: str | None,
        collection: str | None = None,
        where: NodeFilter | None = None,
    ) -> Target:
        """Where a request asks. Raises ApiError: unknown model."""
        served = self.models.named(model)
        return Target(served, collection or served.settings.collection, where)

    def ask(
        self,
        target: Target,
        question: str,
        history: Sequence[ChatMessage] = (),
        writing: Mapping[str, object] | None = None,
    ) -> Mailbox:
        """An `Answer`, and its text piece by piece before."""

        def work(engine: ServedEngine, job: Job) -> Answer:
            return engine.ask(
                question,
                history,
                on_stage=job.on_stage,
                on_token=job.on_piece,
                cancelled=job.stopping,
                where=target.filter,
                writing=writing,
            )

        return self._mailbox("ask", self._answer, self._answering, target, work)

    def choose(self, target: Target, question: str, options: Sequence[str]) -> Mailbox:
        """An `Answer` with a ranking of options."""

        def work(engine: ServedEngine, job: Job) -> Answer:
            return engine.choose(
                question, options, job.on_stage, cancelled=job.stopping, where=target.filter
            )

        return self._mailbox("ask", self._answer, self._answering, target, work)

    def search(self, target: Target, question: str, top_k: int | None) -> Mailbox:
        """An `Answer` without text; it waits for answers only if searching needs the model."""

        def work(engine: ServedEngine, job: Job) -> Answer:
            return engine.search(
                question, top_k, job.on_stage, cancelled=job.stopping, where=target.filter
            )

        if target.model.searching_asks_llm:
            return self._mailbox("search", self._answer, self._answering, target, work)
        return self._mailbox("search", self._search, self._searching, target, work)

    def embed(self, model: ServedModel, texts: list[str], is_query: bool) -> Mailbox:
        """`Embedded` texts, by the side of questions or of passages."""

        def work(job: Job) -> Embedded:
            embedding = self._searching.embedding(model)
            vectors: list[list[float]] = []
            tokens = 0
            for start in range(0, len(texts), EMBEDDED_AT_ONCE):
                job.on_stage("embedding")
                some = texts[start : start + EMBEDDED_AT_ONCE]
                if is_query:
                    vectors += [embedding.get_query_embedding(text) for text in some]
                else:
                    vectors += embedding.get_text_embedding_batch(some)
                tokens += embedding.count_tokens(some, is_query)
            return Embedded(vectors, tokens)

        return Mailbox("embed", work, self._seconds, self._search)

    def collections(self) -> Mailbox:
        """The records of all collections."""
        return Mailbox(
            "collections", lambda _: self._collections.all(), self._seconds, self._search
        )

    def collection(self, name: str) -> Mailbox:
        """The record of one; ApiError if there is none."""

        def work(_: Job) -> Record:
            record = self._collections.one(name)
            if record is None:
                raise self._unknown(name)
            return record

        return Mailbox("collections", work, self._seconds, self._search)

    def document(self, collection: str, source: str) -> Mailbox:
        """A document as it was ingested, or None."""

        def work(_: Job) -> Document | None:
            return self._collections.document(collection, source)

        return Mailbox("collections", work, self._seconds, self._search)

    def _mailbox(
        self,
        kind: str,
        worker: Worker,
        pipelines: OpenPipelines,
        target: Target,
        work: Callable[[ServedEngine, Job], Answer],
    ) -> Mailbox:
        def run(job: Job) -> Answer:
            try:
                engine = pipelines.engine(target.model, target.collection)
                answer = work(engine, job)
            except (QuestionError, StoppedError):
                raise
            except YomitokiError:
                pipelines.forget(target.model, target.collection)
                record = self._collections.one(target.collection)
                if record is None or not (record["documents"] or record["problem"]):
                    raise self._unknown(target.collection) from None
                raise
            self.metrics.answer(answer)
            return answer

        return Mailbox(kind, run, self._seconds, worker)

    def _unknown(self, name: str) -> ApiError:
        known = [record["name"] for record in self._collections.all() if record["documents"]]
        return ApiError(
            404,
            f"collection: {name[:100]!r}: not found, or it holds no documents: there are: "
            + (", ".join(known) or "none"),
            "collection_not_found",
            "collection",
        )
