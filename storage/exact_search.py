"""Vector search over the catalogue itself: exact, for when the index is not to be trusted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.catalogue import Catalogue


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-30)).astype(np.float32)
    return scaled


def exact_scores(
    vectors: Mapping[str, NDArray[np.float32]], question: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Cosine similarities, each computed by itself, so that it never depends on the others."""
    wide = question.astype(np.float64)
    wide /= max(float(np.linalg.norm(wide)), 1e-30)
    rows = [vector.astype(np.float64) for vector in vectors.values()]
    return np.array([row @ wide / max(float(np.linalg.norm(row)), 1e-30) for row in rows])


def best_first(
    node_ids: Sequence[str], scores: NDArray[np.floating], top_k: int
) -> list[tuple[str, float]]:
    """The `top_k` highest scores as (id, score), best first, ties by id; fewer when there are."""
    hits = [(node_ids[row], float(scores[row])) for row in _at_least(scores, top_k).tolist()]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[: max(top_k, 0)]


def best_rows(scores: NDArray[np.floating], top_k: int) -> NDArray[np.int64]:
    """The rows of the `top_k` highest scores, best first, ties by row; fewer when there are."""
    rows = _at_least(scores, top_k)
    return rows[np.argsort(-scores[rows], kind="stable")][: max(top_k, 0)]


def _at_least(scores: NDArray[np.floating], top_k: int) -> NDArray[np.int64]:
    """The rows of the `top_k` highest scores and of all that tie with the last of them."""
    wanted = min(top_k, len(scores))
    if wanted <= 0:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(scores >= np.partition(scores, -wanted)[-wanted])


class ExactSearch:
    """All live vectors of a level in memory (384 dimensions: 1.5 MB a thousand nodes)."""

    def __init__(self, dimension: int, level: str = "") -> None:
        """Search the leaves, or the nodes of a level of a hierarchy."""
        self._level = level
        self._ids: list[str] = []
        self._matrix: NDArray[np.float32] = np.empty((0, dimension), dtype=np.float32)
        self._version = -1

    def refresh(self, catalogue: Catalogue, version: int) -> None:
        """Take in what changed up to `version`; vectors that are here already are not read."""
        if version == self._version:
            return
        ids = catalogue.searched(self._level)
        rows = {node_id: row for row, node_id in enumerate(self._ids)}
        new = [node_id for node_id in ids if node_id not in rows]
        vectors = catalogue.vectors(new)
        # A node can end between the two reads; then the version moved and the next search sees it.
        ids = [node_id for node_id in ids if node_id in rows or node_id in vectors]
        matrix = np.empty((len(ids), self._matrix.shape[1]), dtype=np.float32)
        for row, node_id in enumerate(ids):
            matrix[row] = vectors[node_id] if node_id in vectors else self._matrix[rows[node_id]]
        fresh = [row for row, node_id in enumerate(ids) if node_id in vectors]
        matrix[fresh] = unit(matrix[fresh])
        self._ids, self._matrix, self._version = ids, matrix, version

    def search(
        self, embedding: NDArray[np.float32], top_k: int, allowed: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Nearest nodes as (id, cosine similarity), best first, ties by id; those `allowed`."""
        scores = self._matrix @ unit(embedding)
        if allowed is None:
            return best_first(self._ids, scores, top_k)
        rows = [row for row, node_id in enumerate(self._ids) if node_id in allowed]
        return best_first([self._ids[row] for row in rows], scores[rows], top_k)
