from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from storage_doubles import Shelf, assert_searches_exactly, clustered_vector

from pipelines.errors import YomitokiError
from storage.catalogue import Catalogue
from storage.catalogue_schema import SCHEMA_VERSION
from storage.catalogue_writer import CatalogueWriter
from storage.disk_errors import CatalogueDamagedError
from storage.layout import CATALOGUE

FILES = {"a.md": "一\n二\n三\n四\n五", "b.md": "六"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.ingest(FILES)
    return shelf


@pytest.fixture
def path(shelf: Shelf) -> Path:
    return shelf.generation / CATALOGUE


def sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:5_000]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "text": lambda path: path.write_text("これはカタログではない" * 500, encoding="utf-8"),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another database": lambda path: (
        path.unlink(),
        sql(path, "CREATE TABLE t (x)"),
    ),
    "no meta": lambda path: sql(path, "DELETE FROM meta WHERE key = 'dimension'"),
    "no table": lambda path: sql(path, "PRAGMA foreign_keys = OFF; DROP TABLE embeddings"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damage_is_said_and_a_rebuild_cures_it(shelf: Shelf, path: Path, damage: str) -> None:
    DAMAGES[damage](path)
    message = (
        r"catalogue\.sqlite3: damaged \(.+\): restore it from a backup, or build the collection "
        r"anew: python main\.py ingest PATH --collection '?講義'? --rebuild$"
    )
    with pytest.raises(CatalogueDamagedError, match=message), shelf.open() as collection:
        collection.search_vectors(clustered_vector("一"), 3)
    with pytest.raises(CatalogueDamagedError, match=message):
        shelf.ingest(FILES)
    report = shelf.ingest(FILES, rebuild=True)
    assert report.notices == [
        "the old catalogue could not be read: the collection now holds the files named in this run "
        "only"
    ]
    assert_searches_exactly(shelf, FILES, through_index=True)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (SCHEMA_VERSION + 1, "written by a newer yomitoki .*: update yomitoki$"),
        (SCHEMA_VERSION - 1, "written by an older yomitoki .* build it anew: .* --rebuild$"),
    ],
)
def test_another_schema_is_refused(shelf: Shelf, path: Path, version: int, message: str) -> None:
    sql(path, f"PRAGMA user_version = {version}")
    with pytest.raises(YomitokiError, match=message):
        shelf.open()
    with pytest.raises(YomitokiError, match=message):
        shelf.ingest(FILES)


def test_a_writer_that_holds_the_file_is_named_as_such(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = CatalogueWriter(path, "講義")
    with pytest.raises(YomitokiError, match="another process is writing: try again"):
        writer.purge()
    other.execute("ROLLBACK")
    writer.purge()
    writer.close()
    other.close()


def test_reading_connections_can_not_write(path: Path) -> None:
    catalogue = Catalogue(path, "講義")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        catalogue._connection.execute("DELETE FROM nodes")
    catalogue.close()


def test_nodes_come_in_the_order_asked(path: Path) -> None:
    catalogue = Catalogue(path, "講義")
    ids = catalogue.searched()
    assert len(ids) == 6
    asked = [ids[3], ids[0], ids[3], ids[5]]
    assert [node.node_id for node in catalogue.nodes(asked)] == asked
    with pytest.raises(KeyError, match="nobody"):
        catalogue.nodes([ids[0], "nobody"])
    assert catalogue.nodes([]) == []
    catalogue.close()


@pytest.mark.parametrize(
    ("around", "before", "after", "expected"),
    [
        ("三", 1, 1, "二三四"),
        ("三", 0, 0, "三"),
        ("三", 9, 9, "一二三四五"),
        ("一", 2, 1, "一二"),
        ("五", 1, 3, "四五"),
        ("六", 5, 5, "六"),
        ("三", -1, -1, "三"),
    ],
)
def test_neighbours_are_of_the_same_document_in_order(
    shelf: Shelf, around: str, before: int, after: int, expected: str
) -> None:
    with shelf.open() as collection:
        ((node_id, _),) = collection.search_vectors(clustered_vector(around), 1)
        found = collection.neighbours(node_id, before, after)
        assert "".join(node.text for node in found) == expected
        with pytest.raises(KeyError, match="nobody"):
            collection.neighbours("nobody", before, after)


def test_staged_and_old_rows_are_invisible(shelf: Shelf, path: Path) -> None:
    """A reader between any two steps of a writer: see killed_at_steps.py for all of them."""
    seen: list[tuple[int, int, int]] = []
    reader = Catalogue(path, "講義")
    steps: list[str] = []

    def at_step(step: str) -> None:
        steps.append(step)
        seen.append(reader.counts())

    shelf.ingest({**FILES, "b.md": "七\n八", "c.md": "九"}, at_step=at_step)
    counts = dict(zip(steps, seen, strict=True))
    for step in ("staged", "upserted", "verified"):
        assert counts[step] == (2, 6, 6)
    for step in ("flipped", "deleted_from_index", "purged"):
        assert counts[step] == (3, 8, 8)
    reader.close()


def test_a_snapshot_does_not_move(shelf: Shelf, path: Path) -> None:
    reader = Catalogue(path, "講義")
    with reader.snapshot():
        ids = reader.searched()
        shelf.ingest({"a.md": "一"}, sync=True, confirm=lambda _: True)
        assert reader.searched() == ids
        assert len(reader.nodes(ids)) == 6
    assert len(reader.searched()) == 1
    reader.close()


def test_integrity_faults_are_named(path: Path) -> None:
    catalogue = Catalogue(path, "講義")
    assert catalogue.damage() == []
    catalogue.close()
    sql(path, "UPDATE embeddings SET vector = x'00' WHERE id = 1; DELETE FROM formats")
    catalogue = Catalogue(path, "講義")
    faults = "\n".join(catalogue.damage())
    assert "1 vectors are not of 384 dimensions" in faults
    assert "its formats row is missing" in faults
    catalogue.close()
