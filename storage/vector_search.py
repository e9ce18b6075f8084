"""Vector search for a reader: through Chroma where there is much, and it can be trusted."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import psutil
from numpy.typing import NDArray

from storage.catalogue import Catalogue, IndexState
from storage.chroma_index import ChromaIndex, IndexUnusableError
from storage.exact_search import ExactSearch, best_first, exact_scores
from storage.index_build import check_count, draw, unreachable
from storage.layout import remove_folder
from storage.manifest import copy_verified

log = logging.getLogger(__name__)

_COPY = "yomitoki-index-"
_SAMPLE = 4
_DEADLINE_SECONDS = 20.0
# Candidates are found in float32 or approximately; exact scores of a few more decide the order.
_MORE_CANDIDATES = 10
# So many vectors are read faster than the matrix of all is kept up to date.
_READ_AGAIN = 2_000
# Up to here all vectors are read (.25 s) before Chroma is imported, copied and opened (1.1 s), and
# comparing with each of them takes no longer than asking Chroma (docs/storage.md).
EXACT_UP_TO = 10_000


class VectorSearch:
    """Searches one generation. Its owner lets one thread in at a time.

    Chroma is used only while the catalogue says that it holds exactly the live nodes, and from a
    private, checksummed copy: measured on 1.5.9, an open Chroma misses what another process adds
    and returns what it deletes, a merely reading one writes, and a half-written one may be silently
    wrong. Scores are always computed from the catalogue's vectors, so both ways give the same.
    """

    def __init__(self, generation: Path, dimension: int, exact_up_to: int = EXACT_UP_TO) -> None:
        """Search the index and catalogue in the folder `generation`.

        Collections of at most `exact_up_to` nodes are searched without the index.
        """
        self._exact_up_to = exact_up_to
        self._generation = generation
        self._dimension = dimension
        self._exact = ExactSearch(dimension)
        self._levels = {"": self._exact}
        self._index: ChromaIndex | None = None
        self._count = 0
        self._counted = -1
        self._stamp = ""
        self._distrusted = ""

    @property
    def uses_index(self) -> bool:
        """Whether the last search went through Chroma."""
        return self._index is not None

    def search(
        self, catalogue: Catalogue, embedding: Sequence[float], top_k: int
    ) -> list[tuple[str, float]]:
        """Nearest live nodes as (id, cosine similarity), best first, ties by id.

        Raises:
            ValueError: The embedding has another dimension than the collection.
        """
        question = self._checked(embedding)
        if top_k < 1:
            return []
        state = catalogue.index_state()
        if self._open(catalogue, state) and self._index is not None:
            try:
                hits = self._through_index(self._index, catalogue, state, question, top_k)
                if hits is not None and catalogue.index_state() == state:
                    return hits
            except IndexUnusableError as error:
                self._distrust(state.stamp, str(error))
        self._exact.refresh(catalogue, catalogue.index_state().version)
        candidates = self._exact.search(question, top_k + _MORE_CANDIDATES)
        vectors = catalogue.vectors([node_id for node_id, _ in candidates])
        return best_first(list(vectors), exact_scores(vectors, question), top_k)

    def search_among(
        self,
        catalogue: Catalogue,
        embedding: Sequence[float],
        top_k: int,
        level: str,
        allowed: Collection[str],
    ) -> list[tuple[str, float]]:
        """Nearest of the nodes `allowed`, all of one level ("" for the leaves), as `search`."""
        question = self._checked(embedding)
        if top_k < 1:
            return []
        if len(allowed) <= _READ_AGAIN:
            vectors = catalogue.vectors(sorted(allowed))
        else:
            exact = self._levels.setdefault(level, ExactSearch(self._dimension, level))
            exact.refresh(catalogue, catalogue.index_state().version)
            candidates = exact.search(question, top_k + _MORE_CANDIDATES, allowed)
            vectors = catalogue.vectors([node_id for node_id, _ in candidates])
        return best_first(list(vectors), exact_scores(vectors, question), top_k)

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
        self._index, self._stamp = None, ""

    def _checked(self, embedding: Sequence[float]) -> NDArray[np.float32]:
        question = np.asarray(embedding, dtype=np.float32)
        if question.shape != (self._dimension,):
            raise ValueError(
                f"a question of {question.shape} dimensions in a collection of {self._dimension}"
            )
        return question

    def _through_index(
        self,
        index: ChromaIndex,
        catalogue: Catalogue,
        state: IndexState,
        question: NDArray[np.float32],
        top_k: int,
    ) -> list[tuple[str, float]] | None:
        wanted = min(top_k + _MORE_CANDIDATES, self._count)
        (candidates,) = index.query(question[None, :], wanted)
        found = {node_id for node_id, _ in candidates}.union(state.strays)
        vectors = catalogue.vectors(sorted(found))
        if len(vectors) != len(found):
            return None  # A node is gone: the catalogue moved under this search.
        return best_first(list(vectors), exact_scores(vectors, question), top_k)

    def _open(self, catalogue: Catalogue, state: IndexState) -> bool:
        """Have the index that belongs to `state` open; False when there is none to trust."""
        if state.kind != "clean" or state.manifest is None or state.stamp == self._distrusted:
            self.close()
            return False
        if state.stamp == self._stamp:
            return True
        self.close()
        if state.version != self._counted:
            _, _, self._count = catalogue.counts()
            self._counted = state.version
        if self._count <= self._exact_up_to:
            return False
        opened = open_copy(self._generation, catalogue, state)
        if isinstance(opened, str):
            # What failed while a writer moved on says nothing about the index.
            if catalogue.index_state() == state:
                self._distrust(state.stamp, opened)
            return False
        self._index = opened
        self._stamp = state.stamp
        return True

    def _distrust(self, stamp: str, why: str) -> None:
        log.warning("%s: searching exactly, not through the index: %s", self._generation, why)
        self._distrusted = stamp
        self.close()


class IndexCopy(ChromaIndex):
    """An index opened from a private copy, which ends with it."""

    def __init__(self, copy: tempfile.TemporaryDirectory[str], catalogue_id: str) -> None:
        self._copy = copy
        super().__init__(Path(copy.name), catalogue_id, deadline_seconds=_DEADLINE_SECONDS)

    def close(self) -> bool:
        """Close the index and delete the copy."""
        closed = super().close()
        self._copy.cleanup()
        return closed

    def __enter__(self) -> IndexCopy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_copy(generation: Path, catalogue: Catalogue, state: IndexState) -> IndexCopy | str:
    """Open a checksummed, private copy of a clean index, or say why it can't be trusted."""
    assert state.manifest is not None
    _remove_copies_of_dead_processes()
    try:
        copy = tempfile.TemporaryDirectory(
            prefix=f"{_COPY}{os.getpid()}-", ignore_cleanup_errors=True
        )
    except OSError as error:
        return f"no room for a copy in {tempfile.gettempdir()}: {error.strerror}"
    try:
        if not copy_verified(generation / state.folder, Path(copy.name), state.manifest):
            copy.cleanup()
            return "its files are not those that were written"
        index = IndexCopy(copy, catalogue.catalogue_id())
    except (IndexUnusableError, OSError) as error:
        copy.cleanup()
        return str(error)
    try:
        check_count(index, catalogue)
        sample = catalogue.vectors(draw(catalogue.searched(), _SAMPLE))
        if not set(unreachable(index, sample)) <= set(state.strays):
            raise IndexUnusableError("nodes are not found by their own vector")
    except IndexUnusableError as error:
        index.close()
        return str(error)
    return index


def _remove_copies_of_dead_processes() -> None:
    """A killed reader can't delete its copy; the next one does."""
    for path in Path(tempfile.gettempdir()).glob(f"{_COPY}*"):
        pid = path.name.removeprefix(_COPY).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            remove_folder(path)
