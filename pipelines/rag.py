"""The one place that wires parts: from settings to an open pipeline, from files to a collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.component import ComponentSettings, fingerprint
from pipelines.config import PipelineSettings
from pipelines.errors import ConfigError
from pipelines.llms.tokenizer_file import TokenizerFile, find_tokenizer
from pipelines.node_parsers.span_parser import CUTTING_VERSION
from pipelines.node_parsers.token import LLM_TOKENIZER, TokenParserSettings
from pipelines.parts import Parts
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.multiple_choice import MultipleChoice
from pipelines.query_engines.searching import search
from storage.collection import Collection
from storage.identity import CollectionIdentity, EmbeddingIdentity, ParserIdentity
from storage.ingest_report import Confirm, IngestFailure, IngestReport, OnProgress
from storage.ingestion import ingest, known_files
from storage.origins import settle_sources
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadOutcome
from storage.readers.settings import READER_VERSION

if TYPE_CHECKING:
    # torch is half of what an ingest would import, and it does not need it.
    from pipelines.llms.huggingface import HuggingFaceLLM

Settings = TypeVar("Settings", bound=ComponentSettings)


class RagPipeline:
    """An open collection with everything that answering needs; the language model loads late.

    Use as a context manager. One question at a time.
    """

    def __init__(self, settings: PipelineSettings, home: Path, on_stage: OnStage | None) -> None:
        """Open the collection and the embedding; see `open`."""
        tell = on_stage or (lambda _: None)
        tell("opening collection")
        self._settings = settings
        self._home = home
        self._llm: HuggingFaceLLM | None = None
        self._judge: HuggingFaceLLM | None = None
        self._engine: AnsweringEngine | None = None
        identity = collection_identity(settings, home)
        self._collection = Collection(
            home, settings.collection, identity.embedding, identity.parser
        )
        self._parts = Parts(collection=self._collection, embed_model=settings.embedding.build(home))

    @classmethod
    def open(
        cls, settings: PipelineSettings, home: Path, on_stage: OnStage | None = None
    ) -> RagPipeline:
        """Open the collection that the settings name.

        Raises:
            YomitokiError: There is no such collection, or it was built with another
                embedding or node parser.
        """
        return cls(settings, home, on_stage)

    def search(
        self, question: str, top_k: int | None = None, on_stage: OnStage | None = None
    ) -> Answer:
        """Retrieval and postprocessing only; `top_k` widens or narrows what they return."""
        settings = _with_top_k(self._settings, top_k) if top_k else self._settings
        judged = self._load_judge(on_stage)
        asking = [p for p in (settings.retriever, *settings.postprocessors) if p.asks_llm()]
        if any(not (judged and part.judges) for part in asking):
            self._load_llm(on_stage)
        retriever = settings.retriever.build(self._parts)
        postprocessors = [(p.kind, p.build(self._parts)) for p in settings.postprocessors]
        with self._collection.snapshot():
            answer = search(question, retriever, postprocessors, on_stage)
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
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """A cited answer or a refusal; see `AnsweringEngine.ask`.

        The engine sees one state of the collection from retrieval to answer.

        Raises:
            StoppedError: `cancelled` said so while a prompt was being read.
        """
        engine = self.engine(on_stage)
        return self._answered(
            lambda: engine.ask(question, history, on_stage, on_token, cancelled), cancelled
        )

    def choose(
        self,
        question: str,
        options: Sequence[str],
        on_stage: OnStage | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """A ranking of a question's options; see `MultipleChoice.choose`.

        Raises:
            ConfigError: The configured query engine ranks no options.
            StoppedError: `cancelled` said so.
        """
        engine = self.engine(on_stage)
        if not isinstance(engine, MultipleChoice):
            raise ConfigError(
                f"query_engine.kind: {self._settings.query_engine.kind!r} takes no options: set it "
                "to multiple_choice"
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
        if self._engine is None:
            self._engine = self._settings.query_engine.build(
                self._parts,
                self._settings.retriever.build(self._parts),
                [(p.kind, p.build(self._parts)) for p in self._settings.postprocessors],
            )
        return self._engine

    def _answered(
        self, answer: Callable[[], Answer], cancelled: Callable[[], bool] | None
    ) -> Answer:
        models = [model for model in (self._llm, self._judge) if model is not None]
        before = sum(model.model_seconds for model in models)
        with self._collection.snapshot(), ExitStack() as stack:
            for model in models:
                stack.enter_context(model.stopping(cancelled))
            answered = answer()
        spent = sum(model.model_seconds for model in models) - before
        return replace(answered, model_seconds=spent)

    def close(self) -> None:
        """Close the collection."""
        self._collection.close()

    def __enter__(self) -> RagPipeline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _load_llm(self, on_stage: OnStage | None) -> HuggingFaceLLM:
        if self._llm is None:
            self._llm = self._settings.llm.build(self._home, on_stage)
            self._parts = replace(self._parts, llm=self._llm)
        return self._llm

    def _load_judge(self, on_stage: OnStage | None) -> HuggingFaceLLM | None:
        """The model for decisions, where one is configured and a postprocessor asks for it."""
        settings = self._settings
        if settings.judge is None or not any(part.judges for part in settings.postprocessors):
            return None
        if self._judge is None:
            self._judge = settings.judge.build(self._home, on_stage)
            self._parts = replace(self._parts, judge=self._judge)
        return self._judge


def collection_identity(settings: PipelineSettings, home: Path) -> CollectionIdentity:
    """What a collection of these settings is built with; another one is refused at open."""
    embedding = settings.embedding.identity(home)
    parser = settings.node_parser
    described: str = parser.kind
    if isinstance(parser, TokenParserSettings):
        # Which tokenizer it is, not what it is called.
        tokenizer = _tokenizer(settings, parser.tokenizer, home)
        parser = parser.model_copy(update={"tokenizer": tokenizer.digest})
        described += f", counted by {tokenizer.name}"
    return CollectionIdentity(
        EmbeddingIdentity(
            fingerprint(embedding), str(embedding["model"]), int(embedding["dimension"])
        ),
        # A reader that reads otherwise, or a parser that cuts otherwise, makes other nodes.
        ParserIdentity(
            fingerprint([READER_VERSION, CUTTING_VERSION, parser.fingerprint()]), described
        ),
    )


def _tokenizer(settings: PipelineSettings, name: str, home: Path) -> TokenizerFile:
    """The tokenizer that a `token` parser counts with."""
    if name == LLM_TOKENIZER:
        return find_tokenizer(settings.llm.model, settings.llm.revision, home)
    return find_tokenizer(name, None, home)


def ingest_paths(
    settings: PipelineSettings,
    home: Path,
    paths: Sequence[Path],
    *,
    sync: bool = False,
    rebuild: bool = False,
    confirm: Confirm | None = None,
    on_progress: OnProgress | None = None,
) -> IngestReport:
    """Bring the settings' collection up to date with files and folders.

    Returns:
        What was done; files that could not be read are in `failed`, with those that were skipped.

    Raises:
        ConfigError: A path does not exist.
        YomitokiError: The collection can't be written, or was built with something else.
    """
    found = find_files(paths)
    identity = collection_identity(settings, home)
    known = {} if rebuild else known_files(home, settings.collection, identity)
    notes: list[str] = []

    def outcomes() -> Iterator[ReadOutcome]:
        # Begun by `ingest` when nobody else can give the same names any more.
        settled = settle_sources(home, settings.collection, found)
        notes.extend(settled.notes.values())
        yield from read_all(
            settled.files, settings.reader, lambda source, sha: known.get(source) == sha
        )

    parser = settings.node_parser
    count_tokens = None
    if isinstance(parser, TokenParserSettings):
        count_tokens = _tokenizer(settings, parser.tokenizer, home).counter()
    embed_model = settings.embedding.build(home)
    report = ingest(
        outcomes(),
        home=home,
        name=settings.collection,
        identity=identity,
        node_parser=parser.build(Parts(embed_model=embed_model, count_tokens=count_tokens)),
        embed_model=embed_model,
        sync=sync,
        rebuild=rebuild,
        unlisted=found.unlisted,
        confirm=confirm,
        on_progress=on_progress,
    )
    report.failed.extend(IngestFailure(skip.name, skip.reason) for skip in found.skipped)
    report.notices.extend(notes)
    return report


def _with_top_k(settings: PipelineSettings, top_k: int) -> PipelineSettings:
    """The settings with every bound on the number of nodes raised or lowered to `top_k`."""
    wide = settings.retriever
    if top_k > wide.top_k:
        wide = _widened(wide, top_k)
    postprocessors = tuple(
        p.model_copy(update={"top_n": top_k}) if "top_n" in type(p).model_fields else p
        for p in settings.postprocessors
    )
    return settings.model_copy(update={"retriever": wide, "postprocessors": postprocessors})


def _widened(retriever: Settings, top_k: int) -> Settings:
    """A retriever of `top_k` nodes; one over others can return no more than they find."""
    deep: dict[str, object] = {}
    if children := getattr(retriever, "children", ()):
        deep["children"] = tuple(_widened(child, top_k) for child in children)
    if inner := getattr(retriever, "inner", None):
        deep["inner"] = _widened(inner, top_k)
    return retriever.model_copy(update={"top_k": top_k, **deep})
