"""Which collections there are, what one holds, and dropping one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from llama_index.core.schema import Document

from pipelines.errors import YomitokiError
from pipelines.home import collections_directory
from storage.catalogue import Catalogue, DocumentRow, IndexKind
from storage.disk_errors import disk_errors
from storage.identity import CollectionIdentity
from storage.layout import (
    CATALOGUE,
    check_name,
    collection_folder,
    collection_folders,
    read_pointer,
    remove_folder,
)
from storage.lock import WriterLock, lock_holder


@dataclass(frozen=True)
class CollectionSummary:
    """One collection in a list. `problem` says why the rest is unknown, in one line."""

    name: str
    folder: Path
    bytes: int
    documents: int = 0
    nodes: int = 0
    identity: CollectionIdentity | None = None
    index: IndexKind | None = None
    writer: str = ""
    problem: str = ""


def list_collections(home: Path) -> list[CollectionSummary]:
    """All collections, by name; a damaged one is listed with its problem."""
    summaries = [_summary(folder) for folder in collection_folders(home)]
    return sorted(summaries, key=lambda summary: summary.name)


def show_collection(home: Path, name: str) -> tuple[CollectionSummary, list[DocumentRow]]:
    """A collection with its documents, by source.

    Raises:
        YomitokiError: No such collection, or it is damaged.
    """
    folder = _existing(home, name)
    summary = _summary(folder)
    if summary.problem:
        raise YomitokiError(summary.problem)
    with_pointer = read_pointer(folder)
    assert with_pointer is not None
    catalogue = Catalogue(folder / with_pointer.generation / CATALOGUE, name)
    try:
        return summary, catalogue.documents()
    finally:
        catalogue.close()


def show_document(home: Path, name: str, source: str) -> Document | None:
    """A document of a collection as it was ingested; None if it holds no such document.

    Raises:
        YomitokiError: No such collection, or it is damaged.
    """
    folder = _existing(home, name)
    pointer = read_pointer(folder)
    if pointer is None:
        return None
    catalogue = Catalogue(folder / pointer.generation / CATALOGUE, pointer.name)
    try:
        return catalogue.document(source)[0]
    except KeyError:
        return None
    finally:
        catalogue.close()


def drop_collection(home: Path, name: str) -> None:
    """Delete a collection; asking is the caller's part. A kill leaves all of it or nothing.

    Raises:
        YomitokiError: No such collection, or another process is writing to it.
    """
    folder = _existing(home, name)
    directory = collections_directory(home)
    with WriterLock(folder, check_name(name), "collections drop"):
        dropped = directory / f".dropped-{secrets.token_hex(4)}"
        with disk_errors(folder):
            folder.rename(dropped)
    for leftover in directory.glob(".dropped-*"):
        remove_folder(leftover)


def _existing(home: Path, name: str) -> Path:
    folder = collection_folder(home, name)
    if not folder.is_dir():
        known = ", ".join(s.name for s in list_collections(home)) or "none"
        raise YomitokiError(f"collection {name!r}: not found in {home}: there are: {known}")
    return folder


def _summary(folder: Path) -> CollectionSummary:
    size = _size(folder)
    name = folder.name
    try:
        pointer = read_pointer(folder)
        if pointer is None:
            return CollectionSummary(name, folder, size, problem=f"{folder}: nothing in it")
        name = pointer.name
        catalogue = Catalogue(folder / pointer.generation / CATALOGUE, name)
        try:
            documents, nodes, _ = catalogue.counts()
            return CollectionSummary(
                name,
                folder,
                size,
                documents,
                nodes,
                catalogue.identity(),
                catalogue.index_state().kind,
                str(lock_holder(folder) or ""),
            )
        finally:
            catalogue.close()
    except YomitokiError as error:
        return CollectionSummary(name, folder, size, problem=str(error))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # A writer deleted it meanwhile.
            continue
    return total
