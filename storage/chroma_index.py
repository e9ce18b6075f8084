"""The vector index: an embedded Chroma of ids and vectors, derived from the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = TypeVar("Rows", Sequence[str], NDArray[np.float32])

DEADLINE_SECONDS = 60.0
SYNC_THRESHOLD = 1_000

# So many that a call stays far below the deadline on a slow, busy machine.
_MOST_A_CALL = 1_000
_COLLECTION = "nodes"
_CATALOGUE_KEY = "catalogue"
# More links and wider searches than Chroma's defaults (16, 100, 100). Measured with these on 20,000
# clustered vectors: 7 are not in the top 10 for their own vector (see `index_build.few_strays`).
_HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 256}


class IndexUnusableError(Exception):
    """Chroma failed, hung or holds something else: go on without it and rebuild it."""


class ChromaIndex:
    """An open index folder. It holds no text and no metadata, so Chroma never embeds anything.

    Every failure of Chroma, of whatever kind, is an IndexUnusableError; afterwards the object
    can only be closed. Calls run in a thread of their own because a hung one (1,000 s after a
    full disk, chroma#7041) can't be ended; one call at a time.
    """

    def __init__(
        self,
        folder: Path,
        catalogue_id: str,
        create: bool = False,
        sync_threshold: int = SYNC_THRESHOLD,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """Open the index in `folder`, or create it there.

        Args:
            folder: Used by this process alone: even a reading Chroma writes.
            catalogue_id: The index must carry the same.
            create: Whether the folder is new.
            sync_threshold: New vectors after which Chroma writes its graph to disk.
            deadline_seconds: After which a call counts as hung.

        Raises:
            IndexUnusableError: It can't be opened or belongs to another catalogue.
        """
        self._deadline = deadline_seconds
        self._lock = threading.Lock()
        self._broken = self._hung = False
        self._client: Any = None
        self._collection: Any = None

        try:
            self._call(partial(self._open, folder, catalogue_id, create, sync_threshold))
            largest = int(self._call(lambda: self._client.get_max_batch_size()))
            self.max_batch = min(largest, _MOST_A_CALL)
        except IndexUnusableError:
            self.close()
            raise

    def count(self) -> int:
        """Vectors in the index."""
        return int(self._call(lambda: self._collection.count()))

    def upsert(self, node_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors, or replace those of the same ids; a row an id."""
        for some, rows in zip(self._batches(node_ids), self._batches(vectors), strict=True):
            self._call(partial(self._collection.upsert, ids=list(some), embeddings=rows))

    def delete(self, node_ids: Sequence[str]) -> None:
        """Remove ids; unknown ones are ignored."""
        for some in self._batches(node_ids):
            self._call(partial(self._collection.delete, ids=list(some)))

    def present(self, node_ids: Sequence[str]) -> set[str]:
        """Those of the ids that are in the index."""
        found: set[str] = set()
        for some in self._batches(node_ids):
            result = self._call(partial(self._collection.get, ids=list(some), include=[]))
            found.update(result["ids"])
        return found

    def query(self, vectors: NDArray[np.float32], top_k: int) -> list[list[tuple[str, float]]]:
        """Nearest ids as (id, cosine similarity), best first, a list a row of `vectors`."""
        search = partial(self._collection.query, query_embeddings=vectors, n_results=top_k)
        result = self._call(partial(search, include=["distances"]))
        return [
            [(node_id, 1.0 - distance) for node_id, distance in zip(ids, distances, strict=True)]
            for ids, distances in zip(result["ids"], result["distances"], strict=True)
        ]

    def close(self) -> bool:
        """Release the folder; never raises. False when Chroma may still be at work in it."""
        client, self._client, self._collection = self._client, None, None
        # A hung client is left to its thread: closing it would hang too.
        if client is not None and not self._hung:
            self._broken = False
            with suppress(IndexUnusableError):
                self._call(client.close)
            self._broken = True
        return not self._hung

    def _open(self, folder: Path, catalogue_id: str, create: bool, sync_threshold: int) -> None:
        import chromadb
        from chromadb.config import Settings

        # Without _env_file=None a stray .env in the current folder would configure Chroma.
        options: dict[str, Any] = {
            "_env_file": None,
            "anonymized_telemetry": False,
            "chroma_api_impl": "chromadb.api.rust.RustBindingsAPI",
        }
        self._client = chromadb.PersistentClient(str(folder), settings=Settings(**options))
        if create:
            batch_size = min(100, sync_threshold)
            hnsw = {**_HNSW, "sync_threshold": sync_threshold, "batch_size": batch_size}
            self._collection = self._client.create_collection(
                _COLLECTION,
                configuration={"hnsw": hnsw},
                metadata={_CATALOGUE_KEY: catalogue_id},
                embedding_function=None,
            )
            return
        self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
        if (self._collection.metadata or {}).get(_CATALOGUE_KEY) != catalogue_id:
            raise IndexUnusableError("the index belongs to another catalogue")

    def _batches(self, rows: Rows) -> list[Rows]:
        step = self.max_batch
        return [rows[start : start + step] for start in range(0, len(rows), step)]

    def _call(self, function: Callable[[], Any]) -> Any:
        if self._broken:
            raise IndexUnusableError("Chroma failed before")
        outcome: list[tuple[bool, Any]] = []

        def run() -> None:
            try:
                outcome.append((True, function()))
            except BaseException as error:  # noqa: BLE001  Rust panics are BaseExceptions.
                outcome.append((False, error))

        with self._lock:
            thread = threading.Thread(target=run, name="chroma", daemon=True)
            self._hung = True  # Also when Ctrl-C ends the wait.
            thread.start()
            thread.join(self._deadline)
            self._hung = thread.is_alive()
        if not outcome:
            self._broken = True
            raise IndexUnusableError(f"Chroma gave no answer in {self._deadline:.0f} s")
        done, value = outcome[0]
        if done:
            return value
        self._broken = True
        raise IndexUnusableError(f"{type(value).__name__}: {value}") from value
