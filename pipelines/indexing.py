"""From files to a collection, and what a collection of given settings is built with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import Document

from pipelines.component import fingerprint
from pipelines.config import PipelineSettings
from pipelines.errors import ConfigError
from pipelines.llms.tokenizer_file import TokenizerFile, find_tokenizer
from pipelines.node_parsers.span_parser import CUTTING_VERSION
from pipelines.node_parsers.token import LLM_TOKENIZER, TokenParserSettings
from pipelines.parts import Parts
from pipelines.retrievers.collections import CollectionsRetrieverSettings
from storage.identity import CollectionIdentity, EmbeddingIdentity, ParserIdentity
from storage.ingest_report import Confirm, IngestFailure, OnProgress
from storage.ingest_report import IngestProgress as IngestProgress
from storage.ingest_report import IngestReport as IngestReport
from storage.ingestion import ingest, known_files, stored_files
from storage.origins import settle_sources
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadFailure, ReadOutcome, ReadResult
from storage.readers.settings import READER_VERSION, ReaderSettings
from storage.recordings.overlap_parser import OVERLAP_VERSION, OverlapParser


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
    cleaning = settings.cleaning.identity()
    if settings.cleaning.asks_llm():
        cleaning.append(settings.llm.model_dump(mode="json"))
    if cleaning:
        steps = ", ".join(step.kind for step in settings.cleaning.steps)
        described += f", cleaned by {steps}"
    marks = [OVERLAP_VERSION] if settings.overlaps == "mark" else []
    if not marks:
        described += ", overlaps not marked"
    return CollectionIdentity(
        EmbeddingIdentity(
            fingerprint(embedding), str(embedding["model"]), int(embedding["dimension"])
        ),
        # A reader that reads otherwise, or a parser that cuts otherwise, makes other nodes.
        ParserIdentity(
            fingerprint([READER_VERSION, CUTTING_VERSION, parser.fingerprint(), marks, *cleaning]),
            described,
        ),
    )


def _tokenizer(settings: PipelineSettings, name: str, home: Path) -> TokenizerFile:
    """The tokenizer that a `token` parser counts with."""
    llm = settings.llm
    if name == LLM_TOKENIZER and llm.local_model is None:
        raise ConfigError(
            f"node_parser.tokenizer: that of llm.kind={llm.kind} is with its server: name a model "
            "of the catalogue, a folder or a hub id"
        )
    if name == LLM_TOKENIZER:
        return find_tokenizer(llm.model, getattr(llm, "revision", None), home)
    return find_tokenizer(name, None, home)


def collection_state(settings: PipelineSettings, home: Path) -> str:
    """A hash of what the collections that the settings search hold and were built with.

    Raises:
        YomitokiError: One of them is damaged.
    """
    names = [settings.collection] + [
        source.name
        for part in settings.parts()
        if isinstance(part, CollectionsRetrieverSettings)
        for source in part.sources
    ]
    held = []
    for name in names:
        built, files = stored_files(home, name)
        identity = [built.embedding.fingerprint, built.parser.fingerprint] if built else []
        held.append([name, identity, sorted(files.items())])
    return fingerprint(held)


def read_documents(
    reader: ReaderSettings, paths: Sequence[Path]
) -> tuple[list[Document], list[IngestFailure]]:
    """Files and folders as an ingest reads them, and those that could not be read.

    Raises:
        ConfigError: A path does not exist.
    """
    found = find_files(paths)
    documents: list[Document] = []
    failed = [IngestFailure(skip.name, skip.reason) for skip in found.skipped]
    for outcome in read_all(found.files, reader):
        if isinstance(outcome, ReadResult):
            documents.append(outcome.document)
        elif isinstance(outcome, ReadFailure):
            failed.append(IngestFailure(outcome.source, outcome.reason))
    return documents, failed


def ingest_paths(
    settings: PipelineSettings,
    home: Path,
    paths: Sequence[Path],
    *,
    sync: bool = False,
    rebuild: bool = False,
    confirm: Confirm | None = None,
    on_progress: OnProgress | None = None,
    wrap_embedding: Callable[[BaseEmbedding], BaseEmbedding] | None = None,
) -> IngestReport:
    """Bring the settings' collection up to date with files and folders.

    `wrap_embedding` may stand something around the embedding that gives the same vectors, such as
    a store of those that were computed before.

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
    embed_model: BaseEmbedding = settings.embedding.build(home)
    if wrap_embedding is not None:
        embed_model = wrap_embedding(embed_model)
    built = settings.cleaning.around(
        parser.build(Parts(embed_model=embed_model, count_tokens=count_tokens)),
        lambda: settings.llm.build(home),
    )
    report = ingest(
        outcomes(),
        home=home,
        name=settings.collection,
        identity=identity,
        node_parser=OverlapParser(built) if settings.overlaps == "mark" else built,
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
