"""Changing documents in catalogue and index together, so that a kill at any point does no harm.

Order of a change: stage -> upsert -> verify -> flip -> delete from the index -> purge. The
catalogue is the truth, so a failing Chroma never stops a change: the index is then given up and
built anew from the catalogue at the end, and readers search exactly meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pipelines.errors import YomitokiError
from storage.catalogue_writer import CatalogueWriter
from storage.chroma_index import SYNC_THRESHOLD, ChromaIndex, IndexUnusableError
from storage.disk_errors import need_free_space
from storage.index_build import (
    INDEX_PREFIX,
    OnBuilt,
    build_index,
    check_count,
    draw,
    few_strays,
    index_bytes,
    new_index_folder,
    unreachable,
)
from storage.layout import WORDS, remove_folder
from storage.manifest import make_manifest, matches
from storage.node_record import DocumentRecord

log = logging.getLogger(__name__)

STEPS = (
    "staged", "upserted", "verified", "flipped", "deleted_from_index", "purged",
    "retired", "index_closed", "index_built", "index_renamed", "index_clean",
)  # fmt: skip

_SAMPLE = 200
_VERIFY_SAMPLE = 16
# Deleted nodes stay in an HNSW graph and make live ones unreachable (chroma#7758).
_MAX_DELETED_SHARE = 0.3


class Writer:
    """The changes of one run to one generation; its owner holds the collection's lock."""

    def __init__(
        self,
        generation: Path,
        catalogue: CatalogueWriter,
        at_step: Callable[[str], None] | None = None,
        on_built: OnBuilt | None = None,
        sync_threshold: int = SYNC_THRESHOLD,
    ) -> None:
        """Take over the generation and undo what a killed writer left half done.

        Args:
            generation: The folder that holds the catalogue and its index.
            at_step: Called with each of STEPS when it is done, for tests that kill there.
            on_built: Called with (done, all) while an index is built.
            sync_threshold: See ChromaIndex.
        """
        self.catalogue = catalogue
        self._generation = generation
        self._at_step = at_step or (lambda _step: None)
        self._on_built = on_built
        self._sync_threshold = sync_threshold
        self._dimension = catalogue.identity().embedding.dimension
        self._index: ChromaIndex | None = None
        self._index_folder: Path | None = None
        self._deleted = 0
        self._strays: list[str] = []
        self._fresh: list[str] = []
        self._changing = False
        self._between_steps = True
        catalogue.roll_back_staged()
        state = catalogue.index_state()
        self._rebuild = state.kind in ("writing", "none") and catalogue.counts()[2] > 0
        for folder in generation.glob(INDEX_PREFIX + "*"):
            if state.kind != "clean" or folder.name != state.folder:
                remove_folder(folder)
        for folder in (generation / WORDS).glob("*.building"):
            remove_folder(folder)

    def replace(self, documents: Sequence[DocumentRecord]) -> None:
        """Add documents, or put them in the place of those of the same source.

        Their vectors are stored (`CatalogueWriter.add_embeddings`). When this returns, they are
        durable and searched.

        Raises:
            YomitokiError: The disk is full or not writable; the old versions stay.
        """
        node_ids = [n.node_id for d in documents for n in d.nodes if n.leaf]
        text_bytes = sum(8 * len(d.text) for d in documents)
        need_free_space(
            self._generation, 2 * text_bytes + index_bytes(len(node_ids), self._dimension)
        )
        self._begin()
        old = self.catalogue.old_node_ids([document.source for document in documents])
        self.catalogue.stage(documents)
        self._at_step("staged")
        self._on_index(lambda index: self._upsert(index, node_ids))
        self._at_step("upserted")
        self._on_index(lambda index: self._verify(index, node_ids))
        self._at_step("verified")
        self.catalogue.flip()
        self._at_step("flipped")
        self._fresh.extend(node_ids)
        self._forget(old)

    def remove(self, sources: Sequence[str]) -> None:
        """Remove documents; when this returns, no search finds them."""
        if not sources:
            return
        self._begin()
        old = self.catalogue.old_node_ids(sources)
        self.catalogue.retire(sources)
        self._at_step("retired")
        self._forget(old)

    def rebuild_index(self) -> None:
        """Have `finish` build the index anew."""
        self._rebuild = True

    def finish(self) -> str | None:
        """Close the index and let readers use it; a sentence when they have to do without.

        Raises:
            YomitokiError: The catalogue can't be written.
        """
        if not self._changing and not self._rebuild:
            return None
        if self._changing:
            self.catalogue.drop_unused_embeddings()
        if self._index is not None and not self._rebuild:
            try:
                self._audit(self._index)
                self._close_clean(self._index)
            except IndexUnusableError as error:
                self._give_up(error)
        return self._build() if self._rebuild else None

    def abandon(self) -> None:
        """End after an error: keep the index if it is whole, else leave it to the next run."""
        if self._index is None:
            return
        if self._between_steps and not self._rebuild:
            try:
                self._audit(self._index)
                self._close_clean(self._index)
            except (IndexUnusableError, YomitokiError) as error:
                self._give_up(error)
        else:
            self._index.close()

    def _begin(self) -> None:
        """Before the first change: note that the index is being written, then open it."""
        if self._changing:
            return
        self._changing = True
        state = self.catalogue.index_state()
        self.catalogue.index_writing()
        if self._rebuild:
            return
        catalogue_id = self.catalogue.catalogue_id()
        folder = self._generation / state.folder
        try:
            if self.catalogue.counts()[2] == 0:
                folder = new_index_folder(self._generation)
                folder.mkdir()
                self._index = ChromaIndex(folder, catalogue_id, True, self._sync_threshold)
            elif state.kind == "clean" and matches(folder, state.manifest or {}):
                self._index = ChromaIndex(folder, catalogue_id)
                self._deleted = state.deleted
                self._strays = list(state.strays)
            else:
                self._rebuild = True
        except (IndexUnusableError, OSError) as error:
            self._give_up(error)
        self._index_folder = folder

    def _upsert(self, index: ChromaIndex, node_ids: Sequence[str]) -> None:
        vectors = self.catalogue.vectors(node_ids, "staged")
        if vectors:
            index.upsert(list(vectors), np.stack(list(vectors.values())))

    def _verify(self, index: ChromaIndex, node_ids: Sequence[str]) -> None:
        present = index.present(node_ids)
        if len(present) != len(node_ids):
            missing = len(node_ids) - len(present)
            raise IndexUnusableError(f"{missing} of {len(node_ids)} new vectors are not there")
        sample = self.catalogue.vectors(draw(node_ids, _VERIFY_SAMPLE), "staged")
        few_strays(unreachable(index, sample), len(sample))

    def _forget(self, node_ids: Sequence[str]) -> None:
        if node_ids:
            self._on_index(lambda index: index.delete(node_ids))
            self._deleted += len(node_ids)
        self._at_step("deleted_from_index")
        self.catalogue.purge()
        self._between_steps = True
        self._at_step("purged")

    def _on_index(self, action: Callable[[ChromaIndex], None]) -> None:
        self._between_steps = False
        if self._index is None:
            return
        try:
            action(self._index)
        except IndexUnusableError as error:
            self._give_up(error)

    def _audit(self, index: ChromaIndex) -> None:
        searched = self.catalogue.searched()
        if self._deleted > _MAX_DELETED_SHARE * len(searched):
            raise IndexUnusableError(f"{self._deleted} nodes were deleted from it")
        check_count(index, self.catalogue)
        known = self.catalogue.live([*self._strays, *self._fresh])
        missed = unreachable(index, self.catalogue.vectors(sorted(known)))
        others = [node_id for node_id in searched if node_id not in known]
        sample = self.catalogue.vectors(draw(others, _SAMPLE))
        if unreachable(index, sample):  # New links can cut off old nodes: look at all of them.
            missed += unreachable(index, self.catalogue.vectors(others))
        self._strays = few_strays(missed, len(searched))

    def _close_clean(self, index: ChromaIndex) -> None:
        assert self._index_folder is not None
        self._index = None
        if not index.close():
            raise IndexUnusableError("Chroma did not let go of it")
        self._at_step("index_closed")
        try:
            manifest = make_manifest(self._index_folder)
        except OSError as error:
            raise IndexUnusableError(str(error)) from error
        self.catalogue.index_clean(self._index_folder.name, manifest, self._deleted, self._strays)
        self._at_step("index_clean")

    def _give_up(self, error: Exception) -> None:
        log.info("%s: the index will be built anew: %s", self._generation, error)
        if self._index is not None:
            self._index.close()
        self._index = None
        self._rebuild = True

    def _build(self) -> str | None:
        if self._index is not None:
            self._index.close()
            self._index = None
        self._rebuild = False
        if self.catalogue.counts()[2] == 0:
            self.catalogue.index_absent(exact=False)
            return None
        try:
            built = build_index(
                self.catalogue,
                self._generation,
                self._on_built,
                self._at_step,
                self._sync_threshold,
            )
        except IndexUnusableError as error:
            self.catalogue.index_absent(exact=True)
            log.warning("%s: no index: %s", self._generation, error)
            return f"searching without an index, exactly but slower: {error}"
        except YomitokiError as error:
            self.catalogue.index_absent(exact=False)
            return f"searching without an index, exactly but slower: {error}"
        self.catalogue.index_clean(built.folder.name, built.manifest, 0, built.strays)
        self._at_step("index_clean")
        for other in self._generation.glob(INDEX_PREFIX + "*"):
            if other != built.folder:
                remove_folder(other)
        return None
