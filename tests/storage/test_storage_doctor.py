from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from storage_doubles import (
    Shelf,
    SpaceTokenizerSettings,
    assert_searches_exactly,
    clustered_vector,
    identity,
)

from pipelines.word_index import WordIndex
from storage.catalogue import Catalogue
from storage.catalogue_writer import CatalogueWriter
from storage.chroma_index import ChromaIndex
from storage.doctor import Check, check_collection, check_storage_versions, repair_collection
from storage.layout import CATALOGUE
from storage.lock import WriterLock
from storage.manifest import make_manifest

FILES = {f"{n}.md": f"文{n}の一\n文{n}の二" for n in range(20)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.ingest(FILES)
    return shelf


def checks(shelf: Shelf) -> dict[str, Check]:
    return {check.name: check for check in check_collection(shelf.home, shelf.name)}


def repair(shelf: Shelf) -> None:
    built: list[tuple[int, int]] = []
    notice = repair_collection(shelf.home, shelf.name, lambda *done: built.append(done))
    assert notice is None
    assert built[-1] == (40, 40)
    assert all(check.ok for check in checks(shelf).values())
    assert_searches_exactly(shelf, FILES, through_index=True, every=10)


def test_a_healthy_collection(shelf: Shelf) -> None:
    with shelf.open() as collection:
        collection.search_words(WordIndex(SpaceTokenizerSettings()), "文1の一", 3)
    found = checks(shelf)
    assert all(check.ok and not check.remedy for check in found.values())
    details = {name: check.detail for name, check in found.items()}
    assert details["schema"] == "2, catalogue version 1"
    assert details["writer"] == "nobody is writing"
    assert details["catalogue"] == "20 documents, 40 nodes, intact"
    assert details["vector index"] == "40 vectors, 40 searched nodes"
    assert details["self-query"] == "40 of 40 nodes found by their own vector"
    (words,) = [detail for name, detail in details.items() if name.startswith("word index")]
    assert words == "up to date"


def test_looking_changes_nothing(shelf: Shelf) -> None:
    def files() -> dict[Path, int]:
        return {
            path: path.stat().st_mtime_ns
            for path in shelf.folder.rglob("*")
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        }

    before = files()
    checks(shelf)
    assert files() == before


def test_versions_of_what_the_files_depend_on() -> None:
    versions = {check.name: check.detail for check in check_storage_versions()}
    assert versions["sqlite"] == sqlite3.sqlite_version
    assert versions.keys() == {"python", "sqlite", "chromadb", "sudachipy"}


def test_a_missing_collection(tmp_path: Path) -> None:
    (check,) = check_collection(tmp_path, "講義")
    assert (check.ok, check.remedy) == (False, "python main.py ingest PATH")


def test_another_fingerprint(shelf: Shelf) -> None:
    other = identity(embedding="other")
    found = {c.name: c for c in check_collection(shelf.home, shelf.name, other.embedding)}
    assert not found["fingerprint"].ok
    assert found["fingerprint"].remedy.endswith("--rebuild")


def test_a_damaged_catalogue(shelf: Shelf) -> None:
    path = shelf.generation / CATALOGUE
    path.write_bytes(path.read_bytes()[:9_000])
    (check,) = [c for c in check_collection(shelf.home, shelf.name) if not c.ok]
    assert check.name == "catalogue"
    assert check.remedy.endswith("--rebuild")


def test_a_damaged_index_file(shelf: Shelf) -> None:
    (path,) = shelf.index_folder().rglob("chroma.sqlite3")
    path.write_bytes(path.read_bytes()[:-100])
    check = checks(shelf)["vector index"]
    assert not check.ok
    assert check.detail.startswith("its files are not those that were written")
    assert check.remedy == "python main.py doctor --repair"
    repair(shelf)


def test_an_index_that_a_kill_left_half_written(shelf: Shelf) -> None:
    writer = CatalogueWriter(shelf.generation / CATALOGUE, shelf.name)
    writer.index_writing()
    writer.close()
    check = checks(shelf)["vector index"]
    assert not check.ok
    assert "left half written by a killed process" in check.detail
    with WriterLock(shelf.folder, shelf.name):
        assert checks(shelf)["vector index"].ok
    repair(shelf)


def test_vectors_that_do_not_lead_to_their_nodes(shelf: Shelf) -> None:
    """The worst fault: counts and files are right, and searches miss."""
    catalogue = Catalogue(shelf.generation / CATALOGUE, shelf.name)
    ids = catalogue.searched()
    vectors = catalogue.vectors(ids)
    catalogue_id = catalogue.catalogue_id()
    catalogue.close()
    index = ChromaIndex(shelf.index_folder(), catalogue_id)
    for wrong, right in zip(ids[:20], ids[20:], strict=True):
        index.upsert([wrong], vectors[right][None, :])
    index.close()
    writer = CatalogueWriter(shelf.generation / CATALOGUE, shelf.name)
    folder = shelf.index_folder()
    writer.index_clean(folder.name, make_manifest(folder), 0)
    writer.close()
    found = checks(shelf)
    if found["vector index"].ok:
        assert not found["self-query"].ok
        assert found["self-query"].remedy == "python main.py doctor --repair"
    repair(shelf)


def test_too_many_and_too_few_vectors(shelf: Shelf) -> None:
    catalogue = Catalogue(shelf.generation / CATALOGUE, shelf.name)
    catalogue_id, ids = catalogue.catalogue_id(), catalogue.searched()
    catalogue.close()
    for change in ("add", "delete"):
        index = ChromaIndex(shelf.index_folder(), catalogue_id)
        if change == "add":
            stranger = np.array([clustered_vector("他人")], dtype=np.float32)
            index.upsert(["stranger"], stranger)
        else:
            index.delete(ids[:1])
        index.close()
        writer = CatalogueWriter(shelf.generation / CATALOGUE, shelf.name)
        folder = shelf.index_folder()
        writer.index_clean(folder.name, make_manifest(folder), 0)
        writer.close()
        check = checks(shelf)["vector index"]
        assert not check.ok
        assert "the catalogue 40" in check.detail
        assert_searches_exactly(shelf, FILES, through_index=False, every=10)
        repair(shelf)
