"""What must be right and there before the first question: documents, gold, collections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from evals.arms import Arm
from evals.cached_embedding import CachedEmbedding
from evals.dataset import Dataset
from evals.gold import locate_gold, missing_passages
from evals.metrics.gold_quote import GoldQuote
from evals.outcome import PASSAGE_KEY
from evals.question_lines import Problem
from evals.stage_cache import StageCache, stage_key
from pipelines.config import PipelineSettings
from pipelines.document import document_sections
from pipelines.errors import YomitokiError
from pipelines.indexing import IngestProgress, collection_state, ingest_paths, read_documents

OnDocument = Callable[[str, int], None]


# In the place of the state of a collection that an ingest would change: nothing is kept of it.
NOT_BUILT = "not built"


@dataclass(frozen=True)
class Gold:
    """A dataset's documents by source, and its gold quotes by question."""

    texts: dict[str, str]
    quotes: dict[str, list[GoldQuote]]


def read_gold(
    dataset: Dataset, settings: PipelineSettings, cache: StageCache
) -> tuple[Gold, list[Problem]]:
    """Read a dataset's documents and find its gold in them; unchanged files are read once.

    Args:
        dataset: The questions.
        settings: How files are read.
        cache: Keeps the texts.

    Returns:
        The gold, and what was not found, by the line of its question.

    Raises:
        YomitokiError: A document can't be read.
    """
    read = _texts(dataset, settings, cache)
    texts: dict[str, str] = read["texts"]
    passages = {key: (v[0], int(v[1]), int(v[2])) for key, v in read["passages"].items()}
    quotes, problems = locate_gold(dataset.samples, texts)
    if dataset.by_passage:
        problems += missing_passages(dataset.samples, list(passages))
        for sample in dataset.samples:
            places = [passages[p] for p in sample.relevant if p in passages]
            quotes[sample.id] = [GoldQuote(s, ((start, end),)) for s, start, end in places]
    return Gold(texts, quotes), problems


def _texts(dataset: Dataset, settings: PipelineSettings, cache: StageCache) -> dict[str, Any]:
    if not dataset.documents:
        return {"texts": {}, "passages": {}}
    key = stage_key("documents", files_state(dataset.documents), settings.reader.model_dump())
    if (kept := cache.get(key)) is not None:
        return dict(kept)
    documents, failed = read_documents(settings.reader, dataset.documents)
    if failed:
        raise YomitokiError(
            f"dataset {dataset.name!r}: {failed[0].source}: {failed[0].reason}"
            + (f" (and {len(failed) - 1} more files)" if len(failed) > 1 else "")
        )
    passages = {
        str(section.metadata[PASSAGE_KEY]): [
            document.metadata["source"], section.start_char, section.end_char
        ]
        for document in documents
        for section in document_sections(document)
        if PASSAGE_KEY in section.metadata
    }  # fmt: skip
    texts = {str(document.metadata["source"]): document.text for document in documents}
    read = {"texts": texts, "passages": passages}
    cache.put(key, "documents", read)
    return read


def ensure_collections(
    arms: Sequence[Arm],
    dataset: Dataset,
    home: Path,
    cache: StageCache,
    answers: bool,
    on_document: OnDocument,
) -> dict[str, str]:
    """Have every collection that the arms search; one whose files are as they were is left alone.

    Returns:
        The state of each arm's collection, "" where it has none.

    Raises:
        YomitokiError: A document can't be read, or a collection not be written.
    """
    states: dict[str, str] = {}
    ingested: set[str] = set()
    for arm in arms:
        settings = arm.settings
        if answers and not arm.reads_documents:
            states[arm.name] = ""
            continue
        key = _collection_key(arm, dataset)
        now = collection_state(settings, home)
        if settings.collection not in ingested and cache.get(key) != now:
            report = ingest_paths(
                settings, home, dataset.documents, sync=True, confirm=lambda _: True,
                on_progress=partial(_told, on_document, settings.collection),
                wrap_embedding=partial(_kept, settings.embedding.identity(home), cache),
            )  # fmt: skip
            if report.failed:
                failure = report.failed[0]
                raise YomitokiError(f"{failure.source}: {failure.reason}")
            now = collection_state(settings, home)
            cache.put(key, "collection", now)
        ingested.add(settings.collection)
        states[arm.name] = now
    return states


def _kept(identity: object, cache: StageCache, model: BaseEmbedding) -> CachedEmbedding:
    return CachedEmbedding(model, identity, cache)


def kept_states(
    arms: Sequence[Arm], dataset: Dataset, home: Path, cache: StageCache, answers: bool
) -> dict[str, str]:
    """The state of each arm's collection as it is; `NOT_BUILT` where an ingest would change it.

    Raises:
        YomitokiError: A collection is damaged.
    """
    states: dict[str, str] = {}
    for arm in arms:
        if answers and not arm.reads_documents:
            states[arm.name] = ""
            continue
        now = collection_state(arm.settings, home)
        built = cache.get(_collection_key(arm, dataset)) == now
        states[arm.name] = now if built else NOT_BUILT
    return states


def _collection_key(arm: Arm, dataset: Dataset) -> str:
    return stage_key("collection", arm.settings.collection, files_state(dataset.documents))


def _told(on_document: OnDocument, collection: str, progress: IngestProgress) -> None:
    on_document(collection, progress.embeddings)


def files_state(paths: Sequence[Path]) -> list[Any]:
    """Paths, sizes and times of the files: what tells cheaply that none was touched."""
    files = sorted(
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )
    return [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
