"""Checks of one collection, each with what to do when it fails."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines.errors import YomitokiError
from storage.catalogue import Catalogue, IndexState
from storage.catalogue_schema import SCHEMA_VERSION
from storage.disk_errors import FREE_SPACE_MARGIN_BYTES, rebuild_command
from storage.identity import EmbeddingIdentity, ParserIdentity, check_identity
from storage.index_build import draw, index_bytes, unreachable
from storage.layout import CATALOGUE, collection_folder, read_pointer
from storage.lock import lock_holder
from storage.repair import rebuild_index
from storage.vector_search import open_copy
from storage.word_search import WordSearch

SELF_QUERIES = 200


@dataclass(frozen=True)
class Check:
    """One thing looked at; `remedy` is a command or an advice, empty when `ok`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def check_storage_versions() -> list[Check]:
    """The software that a collection's files depend on."""
    return [
        Check("python", True, platform.python_version()),
        Check("sqlite", True, sqlite3.sqlite_version),
        *(_package(name) for name in ("chromadb", "sudachipy")),
    ]


def check_collection(
    home: Path,
    name: str,
    embedding: EmbeddingIdentity | None = None,
    parser: ParserIdentity | None = None,
    self_queries: int = SELF_QUERIES,
) -> list[Check]:
    """Look at a collection without changing it.

    Args:
        home: The home directory.
        name: The collection's name.
        embedding: What the config embeds with; None is not compared.
        parser: What the config parses with; None is not compared.
        self_queries: Nodes that are searched by their own vector; counts alone miss the worst
            faults.
    """
    folder = collection_folder(home, name)
    try:
        pointer = read_pointer(folder)
        if pointer is None:
            return [Check("collection", False, f"{name!r} not found", "python main.py ingest PATH")]
        generation = folder / pointer.generation
        catalogue = Catalogue(generation / CATALOGUE, name)
    except YomitokiError as error:
        return [Check("catalogue", False, str(error), rebuild_command(name))]
    try:
        return list(_checks(folder, generation, catalogue, embedding, parser, self_queries))
    finally:
        catalogue.close()


def repair_collection(home: Path, name: str, on_built: Callable[[int, int], None]) -> str | None:
    """Build all indexes of a collection anew from its catalogue, without embedding.

    Returns:
        None, or a sentence that says why there is no vector index now.

    Raises:
        YomitokiError: Another process writes to it, or its catalogue is missing or damaged.
    """
    notice = rebuild_index(home, name, "doctor --repair", on_built)
    folder = collection_folder(home, name)
    pointer = read_pointer(folder)
    if pointer is not None:
        WordSearch(folder / pointer.generation).clear()
    return notice


def _checks(
    folder: Path,
    generation: Path,
    catalogue: Catalogue,
    embedding: EmbeddingIdentity | None,
    parser: ParserIdentity | None,
    self_queries: int,
) -> Iterator[Check]:
    name = catalogue.name
    state = catalogue.index_state()
    documents, nodes, searched = catalogue.counts()
    yield Check("schema", True, f"{SCHEMA_VERSION}, catalogue version {state.version}")
    holder = lock_holder(folder)
    yield Check("writer", True, f"{holder} is writing" if holder else "nobody is writing")
    yield _disk(folder, searched, catalogue.identity().embedding.dimension)
    try:
        check_identity(name, catalogue.identity(), embedding, parser)
        yield Check("fingerprint", True, str(catalogue.identity().embedding))
    except YomitokiError as error:
        yield Check("fingerprint", False, str(error), rebuild_command(name))
    damage = catalogue.damage()
    detail = "; ".join(damage) or f"{documents} documents, {nodes} nodes, intact"
    yield Check("catalogue", not damage, detail, rebuild_command(name) if damage else "")
    if searched:
        yield from _index_checks(generation, catalogue, state, bool(holder), self_queries)
    for key, fresh, whole in WordSearch(generation).state(state.version):
        detail = "up to date" if fresh else "of an earlier version: the next search updates it"
        if not whole:
            detail = "damaged: the next search builds it anew"
        yield Check(f"word index {key}", True, detail)


def _index_checks(
    generation: Path, catalogue: Catalogue, state: IndexState, written: bool, self_queries: int
) -> Iterator[Check]:
    remedy = "python main.py doctor --repair"
    if state.kind != "clean":
        reason = {
            "writing": "being written" if written else "left half written by a killed process",
            "none": "not built",
            "exact": "not used: built, it missed some of its own nodes",
        }[state.kind]
        ok = state.kind == "exact" or written
        yield Check(
            "vector index", ok, f"{reason}; search is exact meanwhile", "" if ok else remedy
        )
        return
    opened = open_copy(generation, catalogue, state)
    if isinstance(opened, str):
        yield Check("vector index", False, f"{opened}; search is exact meanwhile", remedy)
        return
    with opened as index:
        searched = catalogue.searched()
        count = index.count()
        detail = f"{count} vectors, {len(searched)} searched nodes"
        same = count == len(searched)
        yield Check("vector index", same, detail, "" if same else remedy)
        sample = draw(searched, self_queries)
        missed = set(unreachable(index, catalogue.vectors(sample))) - set(state.strays)
        detail = f"{len(sample) - len(missed)} of {len(sample)} nodes found by their own vector"
        if state.strays:
            detail += f" ({len(state.strays)} of all are compared besides the index)"
        yield Check("self-query", not missed, detail, remedy if missed else "")


def _disk(folder: Path, vectors: int, dimension: int) -> Check:
    free = shutil.disk_usage(folder).free
    needed = index_bytes(vectors, dimension) + FREE_SPACE_MARGIN_BYTES
    detail = f"{free // 1_000_000} MB free, an index rebuild needs {needed // 1_000_000} MB"
    return Check("disk", free >= needed, detail, "" if free >= needed else "free some space")


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed", f"pip install {name}")
