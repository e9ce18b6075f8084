"""Ingestion: read files become documents, nodes and vectors of a collection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llama_index.core.schema import Document

from pipelines.errors import YomitokiError
from storage.catalogue import Catalogue
from storage.chroma_index import SYNC_THRESHOLD
from storage.embedding_reuse import EmbeddingReuse
from storage.identity import CollectionIdentity, check_identity
from storage.ingest_report import (
    Confirm,
    IngestFailure,
    IngestProgress,
    IngestReport,
    OnProgress,
    Removal,
    Stage,
)
from storage.layout import CATALOGUE, collection_folder, read_pointer
from storage.node_record import DocumentRecord, document_record
from storage.readers.results import ReadFailure, ReadOutcome, Unchanged
from storage.session import Session, write_session

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.node_parser import NodeParser

# Documents are made durable in groups, because an fsync for each one-line document would cost more
# than its embedding. A group ends when it has so many nodes, or so many documents; with a fast
# model groups grow, so that storing does not slow it down.
FIRST_GROUP = 64
LARGEST_GROUP = 1_024
_SHORT_SECONDS = 1.0
MAX_REMOVED_SHARE = 0.2


def known_files(home: Path, name: str, identity: CollectionIdentity) -> Mapping[str, str]:
    """SHA-256 by source of what a collection holds, for a reader to skip; {} when it is new.

    Raises:
        YomitokiError: The collection was built with something else (a rebuild reads all files,
            so don't ask), or it is damaged.
    """
    built, files = stored_files(home, name)
    if built is not None:
        check_identity(name, built, identity.embedding, identity.parser)
    return files


def stored_files(home: Path, name: str) -> tuple[CollectionIdentity | None, dict[str, str]]:
    """What a collection was built with, and SHA-256 by source of what it holds; (None, {}) if new.

    Raises:
        YomitokiError: It is damaged.
    """
    folder = collection_folder(home, name)
    pointer = read_pointer(folder)
    if pointer is None:
        return None, {}
    catalogue = Catalogue(folder / pointer.generation / CATALOGUE, name)
    try:
        return catalogue.identity(), catalogue.files()
    finally:
        catalogue.close()


def ingest(
    reads: Iterable[ReadOutcome],
    *,
    home: Path,
    name: str,
    identity: CollectionIdentity,
    node_parser: NodeParser,
    embed_model: BaseEmbedding,
    sync: bool = False,
    rebuild: bool = False,
    unlisted: Sequence[str] = (),
    confirm: Confirm | None = None,
    on_progress: OnProgress | None = None,
    command: str | None = None,
    at_step: Callable[[str], None] | None = None,
    sync_threshold: int = SYNC_THRESHOLD,
) -> IngestReport:
    """Bring a collection up to date with files that were read.

    A file of the same source and bytes is left alone. A changed one replaces its document; until
    it is embedded, stored and indexed, the old version is found. A text that was embedded before
    is not embedded again. After a kill or an error the same call goes on where it was.

    Args:
        reads: What the readers yield, consumed one by one.
        home: The home directory.
        name: The collection's name, in any language; it is made when it is missing.
        identity: What `node_parser` and `embed_model` are.
        node_parser: Makes TextNodes with character spans.
        embed_model: Embeds `node.get_content(MetadataMode.EMBED)`.
        sync: Remove the documents that `reads` does not name. If they are more than
            MAX_REMOVED_SHARE of all, only when `confirm` says yes.
        rebuild: Parse and embed everything anew, in a new generation beside the old one, which is
            searched until the new one is whole. Documents that `reads` does not name are made
            anew from the text in the catalogue (or removed, with `sync`).
        unlisted: Folders that could not be listed: nothing below them is removed.
        confirm: Asked before a large removal; None says no.
        on_progress: Told of every step; "stored" means durable.
        command: Shown to others who want to write meanwhile.
        at_step: Called with each step's name, see storage.writer.STEPS.
        sync_threshold: See ChromaIndex.

    Raises:
        YomitokiError: Another process writes to the collection, it was built with something
            else, or the disk is full or not writable. What was stored stays.
    """
    started = time.monotonic()
    report = IngestReport()
    tell = on_progress or (lambda _progress: None)

    def on_built(done: int, total: int) -> None:
        tell(IngestProgress("indexing", done=done, total=total))

    with write_session(
        home, name, identity, rebuild, command, at_step, on_built, sync_threshold
    ) as session:
        report.notices.extend(session.notices)
        run = _Run(session, identity, node_parser, embed_model, report, tell)
        for read in reads:
            run.take(read)
        run.flush()
        run.settle_unnamed(sync, unlisted, confirm)
        notice = session.finish()
        if notice:
            report.notices.append(notice)
    report.seconds = time.monotonic() - started
    return report


class _Run:
    """The documents of one run on their way into the collection."""

    def __init__(
        self,
        session: Session,
        identity: CollectionIdentity,
        node_parser: NodeParser,
        embed_model: BaseEmbedding,
        report: IngestReport,
        tell: OnProgress,
    ) -> None:
        self._writer = session.writer
        self._previous = session.previous
        self._parser = node_parser
        self._report = report
        self._tell = tell
        self._stored = session.writer.catalogue.files()
        self._before = session.previous.files() if session.previous else dict(self._stored)
        self._named: set[str] = set()
        self._done: set[str] = set()
        self._group: list[DocumentRecord] = []
        self._group_size = FIRST_GROUP
        self._embeddings = EmbeddingReuse(
            session.writer.catalogue, session.previous, identity.embedding, embed_model
        )

    def take(self, read: ReadOutcome) -> None:
        """Put one outcome of the readers into the group, or into the report."""
        if read.source in self._named:
            self._fail(read.source, "named twice in this run: only the first one counts")
            return
        self._named.add(read.source)
        warnings = getattr(read, "warnings", ())
        self._report.notices.extend(f"{read.source}: {warning}" for warning in warnings)
        if isinstance(read, ReadFailure):
            self._fail(read.source, read.reason)
        elif self._stored.get(read.source) == read.sha256:
            self._count(read.source, read.sha256)
        elif isinstance(read, Unchanged):
            if self._previous is not None and self._before.get(read.source) == read.sha256:
                return  # A rebuild carries it over.
            self._fail(read.source, "changed in the collection meanwhile: run the same again")
        else:
            self._parse(read.source, read.document, read.sha256)

    def flush(self) -> None:
        """Embed and store the group; afterwards its documents are durable."""
        if not self._group:
            return
        group, self._group = self._group, []
        started = time.monotonic()
        texts = {n.digest: n.embed_text for d in group for n in d.nodes}
        for computed, reused in self._embeddings.ensure(texts):
            self._report.embeddings += computed
            self._report.reused += reused
            if computed:
                self._tell(self._progress("embedding", ()))
        self._writer.replace(group)
        for document in group:
            self._count(document.source, document.sha256)
            self._report.nodes += len(document.nodes)
        self._tell(self._progress("stored", tuple(document.source for document in group)))
        if time.monotonic() - started < _SHORT_SECONDS:
            self._group_size = min(2 * self._group_size, LARGEST_GROUP)

    def settle_unnamed(self, sync: bool, unlisted: Sequence[str], confirm: Confirm | None) -> None:
        """Remove what no read named, if that is wanted; carry the rest into a rebuild.

        Raises:
            YomitokiError: Too many documents could not be made anew for a rebuild.
        """
        gone = sorted(self._before.keys() - self._named) if sync else []
        below = tuple(f"{folder}/" for folder in unlisted)
        gone = [source for source in gone if not (below and source.startswith(below))]
        if len(gone) > MAX_REMOVED_SHARE * len(self._before):
            removal = Removal(tuple(gone), len(self._before))
            if confirm is None or not confirm(removal):
                self._report.not_removed = removal.sources
                gone = []
        if self._previous is None:
            self._writer.remove(gone)
        else:
            self._carry(self._previous, sorted(self._before.keys() - self._done - set(gone)))
            # What a killed rebuild stored may be gone by now.
            self._writer.remove(sorted(self._stored.keys() - self._done))
        self._report.removed = len(gone)
        if gone:
            self._tell(self._progress("removed", tuple(gone)))

    def _carry(self, previous: Catalogue, sources: Sequence[str]) -> None:
        for source in sources:
            if self._stored.get(source) == self._before[source]:
                self._count(source, self._before[source])
            else:
                self._parse(source, *previous.document(source))
        self.flush()
        lost = [source for source in sources if source not in self._done]
        if len(lost) > MAX_REMOVED_SHARE * len(self._before):
            reasons = {f.source: f.reason for f in self._report.failed}
            raise YomitokiError(
                f"rebuild: {len(lost)} of {len(self._before)} documents could not be made anew, "
                f"such as {lost[0]} ({reasons.get(lost[0])}): the old collection stays as it was"
            )

    def _parse(self, source: str, document: Document, sha256: str) -> None:
        try:
            if document.metadata.get("source") != source:
                raise ValueError(f"its document names another source: {document.metadata!r:.80}")
            nodes = self._parser.get_nodes_from_documents([document])
            record = document_record(document, sha256, list(nodes))
        except (ValueError, YomitokiError) as error:
            self._fail(source, str(error))
            return
        self._group.append(record)
        nodes_waiting = sum(len(waiting.nodes) for waiting in self._group)
        if max(nodes_waiting, len(self._group)) >= self._group_size:
            self.flush()

    def _count(self, source: str, sha256: str) -> None:
        self._done.add(source)
        before = self._before.get(source)
        if before is None:
            self._report.added += 1
        elif before == sha256:
            self._report.unchanged += 1
        else:
            self._report.changed += 1

    def _fail(self, source: str, reason: str) -> None:
        self._report.failed.append(IngestFailure(source, reason))

    def _progress(self, stage: Stage, sources: tuple[str, ...]) -> IngestProgress:
        report = self._report
        documents = report.added + report.changed + report.unchanged
        return IngestProgress(stage, sources, documents, report.nodes, report.embeddings)
