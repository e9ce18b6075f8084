from __future__ import annotations

from pathlib import Path

import pytest
from storage_doubles import Shelf, clustered_vector

from pipelines.errors import YomitokiError
from storage.collection import Collection
from storage.layout import CATALOGUE
from storage.listing import drop_collection, list_collections, show_collection
from storage.lock import WriterLock


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Shelf(tmp_path, "講義").ingest({"b.md": "一\n二\n三", "a.md": "四"})
    Shelf(tmp_path, "Articles").ingest({"c.md": "五"})
    return tmp_path


def test_collections_are_listed_by_name(home: Path) -> None:
    summaries = list_collections(home)
    assert [(s.name, s.documents, s.nodes) for s in summaries] == [
        ("Articles", 1, 1),
        ("講義", 2, 4),
    ]
    for summary in summaries:
        assert summary.identity == Shelf(home).identity
        assert summary.bytes > 100_000
        assert (summary.index, summary.writer, summary.problem) == ("clean", "", "")
    assert list_collections(home / "nowhere") == []


def test_a_writer_is_shown(home: Path) -> None:
    with WriterLock(Shelf(home).folder, "講義", "ingest 資料"):
        (summary,) = [s for s in list_collections(home) if s.name == "講義"]
    assert "(ingest 資料, since" in summary.writer


def test_a_damaged_collection_is_listed_with_its_problem(home: Path) -> None:
    (Shelf(home).generation / CATALOGUE).write_bytes(b"x" * 9_000)
    (Shelf(home, "Articles").folder / "collection.json").write_text("", encoding="utf-8")
    problems = [summary.problem for summary in list_collections(home)]
    assert len(problems) == 2
    assert all("damaged" in problem for problem in problems)
    with pytest.raises(YomitokiError, match="damaged"):
        show_collection(home, "講義")
    for name in ("講義", "Articles"):
        drop_collection(home, name)
    assert list_collections(home) == []


def test_one_collection_is_shown_with_its_documents(home: Path) -> None:
    summary, documents = show_collection(home, "講義")
    assert summary.name == "講義"
    assert [(d.source, d.chars, d.nodes) for d in documents] == [("a.md", 1, 1), ("b.md", 5, 3)]
    assert all(len(d.sha256) == 64 and d.ingested_at.startswith("2") for d in documents)


def test_dropping_removes_one_and_leaves_the_others(home: Path) -> None:
    drop_collection(home, "講義")
    assert [s.name for s in list_collections(home)] == ["Articles"]
    assert [p.name for p in (home / "collections").iterdir() if "講" in p.name] == []
    assert not list((home / "collections").glob(".dropped-*"))
    with pytest.raises(YomitokiError, match=r"collection '講義': not found in .*: there are: Arti"):
        drop_collection(home, "講義")
    with pytest.raises(YomitokiError, match=r"not found: run python main\.py ingest PATH"):
        Collection(home, "講義")
    Shelf(home, "講義").ingest({"new.md": "新"})
    assert show_collection(home, "講義")[0].documents == 1


def test_what_another_process_writes_is_not_dropped(home: Path) -> None:
    with (
        WriterLock(Shelf(home).folder, "講義", "ingest"),
        pytest.raises(YomitokiError, match=r"process \d+ \(ingest, since .*\) is writing to it"),
    ):
        drop_collection(home, "講義")
    assert show_collection(home, "講義")[0].documents == 2


def test_leftovers_of_a_killed_drop_are_no_collection_and_go(home: Path) -> None:
    Shelf(home).folder.rename(home / "collections" / ".dropped-12345678")
    assert [s.name for s in list_collections(home)] == ["Articles"]
    drop_collection(home, "Articles")
    assert not list((home / "collections").glob(".dropped-*"))


def test_an_open_reader_of_a_dropped_collection_is_told(home: Path) -> None:
    with Collection(home, "講義") as collection:
        collection.search_vectors(clustered_vector("一"), 1)
        drop_collection(home, "講義")
        with pytest.raises(YomitokiError, match="collection '講義': it was dropped"):
            collection.search_vectors(clustered_vector("一"), 1)
