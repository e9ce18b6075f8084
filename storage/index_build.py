"""Building the vector index from the catalogue, and finding out whether it can be trusted."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storage.catalogue import Catalogue
from storage.chroma_index import SYNC_THRESHOLD, ChromaIndex, IndexUnusableError
from storage.disk_errors import disk_errors, need_free_space
from storage.layout import remove_folder, sync_folder
from storage.manifest import Manifest, make_manifest

AUDIT_TOP_K = 10
INDEX_PREFIX = "chroma-"

_BUILDING = ".building"
_BATCH = 1_000
# Nodes of the same text tie; any of them may stand for the node itself.
_TIE = 1e-5
# Vectors lie in Chroma's queue and in its graph, and the graph's file grows by doubling.
_INDEX_BYTES_A_FLOAT = 12

OnBuilt = Callable[[int, int], None]


def new_index_folder(generation: Path) -> Path:
    """A path for an index that does not exist yet."""
    return generation / f"{INDEX_PREFIX}{secrets.token_hex(4)}"


def index_bytes(vectors: int, dimension: int) -> int:
    """Disk space that so many new vectors may take in an index, generously."""
    return vectors * (dimension * _INDEX_BYTES_A_FLOAT + 1_000)


@dataclass(frozen=True)
class BuiltIndex:
    """A whole index under its name; `strays` are the nodes that its graph does not lead to."""

    folder: Path
    manifest: Manifest
    strays: list[str]


def build_index(
    catalogue: Catalogue,
    generation: Path,
    on_built: OnBuilt | None = None,
    at_step: Callable[[str], None] | None = None,
    sync_threshold: int = SYNC_THRESHOLD,
) -> BuiltIndex:
    """Build an index of all live nodes into a new folder, audit it, and give it its name.

    No text is embedded: the vectors come from the catalogue. Readers see the folder only once
    the caller has noted it with `CatalogueWriter.index_clean`.

    Args:
        on_built: Called with (nodes done, nodes in all).
        at_step: Called with the name of each step when it is done.

    Raises:
        IndexUnusableError: Chroma failed, or the new index misses too many of its own nodes.
        YomitokiError: The disk is full or not writable.
    """
    node_ids = catalogue.searched()
    need_free_space(
        generation, index_bytes(len(node_ids), catalogue.identity().embedding.dimension)
    )
    folder = new_index_folder(generation)
    building = folder.with_name(folder.name + _BUILDING)
    with disk_errors(building):
        building.mkdir()
    index = ChromaIndex(
        building, catalogue.catalogue_id(), create=True, sync_threshold=sync_threshold
    )
    try:
        for start in range(0, len(node_ids), _BATCH):
            some = node_ids[start : start + _BATCH]
            vectors = catalogue.vectors(some)
            index.upsert(some, np.stack([vectors[node_id] for node_id in some]))
            if on_built:
                on_built(start + len(some), len(node_ids))
        check_count(index, catalogue)
        strays = few_strays(unreachable(index, catalogue.vectors(node_ids)), len(node_ids))
        if not index.close():
            raise IndexUnusableError("Chroma did not let go of it")
    except IndexUnusableError:
        index.close()
        remove_folder(building)
        raise
    if at_step:
        at_step("index_built")
    with disk_errors(folder):
        manifest = make_manifest(building)
        building.rename(folder)
        sync_folder(generation)
    if at_step:
        at_step("index_renamed")
    return BuiltIndex(folder, manifest, strays)


def check_count(index: ChromaIndex, catalogue: Catalogue) -> None:
    """Compare the numbers of nodes.

    Raises:
        IndexUnusableError: They differ, or Chroma failed.
    """
    _, _, searched = catalogue.counts()
    count = index.count()
    if count != searched:
        raise IndexUnusableError(f"the index holds {count} vectors, the catalogue {searched}")


def few_strays(missed: list[str], nodes: int) -> list[str]:
    """The nodes that a search has to compare by itself, if they are few.

    A healthy HNSW graph leaves some nodes without a way to them (measured: 7 of 20,000).

    Raises:
        IndexUnusableError: They are more than 5 and more than 1 % of the `nodes`.
    """
    if len(missed) > max(5, nodes // 100):
        raise IndexUnusableError(f"{len(missed)} nodes are not found by their own vector")
    return missed


def draw(node_ids: Sequence[str], sample_size: int) -> list[str]:
    """At most `sample_size` of the ids, at random but the same ones for the same ids."""
    if len(node_ids) <= sample_size:
        return list(node_ids)
    return random.Random(len(node_ids)).sample(list(node_ids), sample_size)


def unreachable(index: ChromaIndex, vectors: Mapping[str, NDArray[np.float32]]) -> list[str]:
    """Those ids that are not in the top 10 of a search for their own vector.

    Raises:
        IndexUnusableError: Chroma failed.
    """
    missed: list[str] = []
    node_ids = list(vectors)
    for start in range(0, len(node_ids), _BATCH):
        some = node_ids[start : start + _BATCH]
        top_k = min(AUDIT_TOP_K, index.count())
        answers = index.query(np.stack([vectors[node_id] for node_id in some]), top_k)
        for node_id, hits in zip(some, answers, strict=True):
            found = any(hit == node_id for hit, _ in hits)
            tied = len(hits) == AUDIT_TOP_K and hits[-1][1] >= 1.0 - _TIE
            if not found and not tied:
                missed.append(node_id)
    return missed
