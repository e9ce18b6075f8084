from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from storage_doubles import Shelf, assert_searches_exactly, clustered_vector

from storage.catalogue import Catalogue
from storage.catalogue_writer import CatalogueWriter
from storage.layout import CATALOGUE
from storage.vector_search import VectorSearch

FILES = {f"{n}.md": f"文{n}の一\n文{n}の二" for n in range(40)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose index has all its files on disk (the flush threshold is below its size)."""
    home = tmp_path_factory.mktemp("built")
    Shelf(home).ingest(FILES, sync_threshold=20)
    return home


@pytest.fixture
def shelf(built: Path, tmp_path: Path) -> Shelf:
    shutil.copytree(built, tmp_path / "home")
    return Shelf(tmp_path / "home")


INDEX_FILES = (
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
)


@pytest.mark.parametrize("damage", ["cut", "flipped", "missing"])
@pytest.mark.parametrize("name", INDEX_FILES)
def test_a_damaged_index_is_never_opened_and_is_rebuilt_without_embedding(
    shelf: Shelf, name: str, damage: str
) -> None:
    (path,) = shelf.index_folder().rglob(name)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    else:
        path.unlink()
    assert_searches_exactly(shelf, FILES, through_index=False, every=20)
    changed = {**FILES, "0.md": "新しい文"}
    report = shelf.ingest(changed)
    assert (report.changed, report.embeddings) == (1, 1)
    assert_searches_exactly(shelf, changed, through_index=True, every=20)


def test_a_missing_index_folder_is_rebuilt(shelf: Shelf) -> None:
    shutil.rmtree(shelf.index_folder())
    assert_searches_exactly(shelf, FILES, through_index=False, every=20)
    shelf.ingest({**FILES, "new.md": "新"})
    assert_searches_exactly(shelf, {**FILES, "new.md": "新"}, through_index=True, every=20)


def test_an_index_of_another_collection_is_not_used(shelf: Shelf, tmp_path: Path) -> None:
    """Even with a manifest that fits: the index carries its catalogue's random name."""
    other = Shelf(tmp_path / "other")
    other.ingest(FILES, sync_threshold=20)
    manifest_of_other = other.index_state().manifest
    shutil.rmtree(shelf.index_folder())
    shutil.copytree(other.index_folder(), shelf.index_folder())
    writer = CatalogueWriter(shelf.generation / CATALOGUE, shelf.name)
    assert manifest_of_other is not None
    writer.index_clean(shelf.index_state().folder, manifest_of_other, 0)
    writer.close()
    assert_searches_exactly(shelf, FILES, through_index=False, every=20)


def test_both_ways_give_the_same(shelf: Shelf) -> None:
    questions = [clustered_vector(f"問い{n}") for n in range(30)]
    with shelf.open() as collection:
        through_index = [collection.search_vectors(question, 7) for question in questions]
        assert collection.searches_through_index
    shutil.rmtree(shelf.index_folder())
    with shelf.open() as collection:
        exact = [collection.search_vectors(question, 7) for question in questions]
        assert not collection.searches_through_index
    assert through_index == exact


@pytest.mark.parametrize(("exact_up_to", "through_index"), [(80, False), (79, True)])
def test_few_vectors_are_compared_one_by_one(
    shelf: Shelf, exact_up_to: int, through_index: bool
) -> None:
    """The files hold 80 nodes."""
    with shelf.open(exact_up_to) as collection:
        (node_id, score), *_ = collection.search_vectors(clustered_vector("文7の二"), 3)
        assert collection.nodes([node_id])[0].text == "文7の二"
        assert score == pytest.approx(1, abs=1e-5)
        assert collection.searches_through_index == through_index


@pytest.mark.parametrize(("top_k", "found"), [(0, 0), (-1, 0), (1, 1), (80, 80), (1_000, 80)])
def test_as_many_as_there_are(shelf: Shelf, top_k: int, found: int) -> None:
    with shelf.open() as collection:
        hits = collection.search_vectors(clustered_vector("x"), top_k)
    assert len(hits) == found
    assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
    assert all(-1.0001 <= score <= 1.0001 for _, score in hits)


def test_a_question_of_another_dimension_is_an_error(shelf: Shelf) -> None:
    with shelf.open() as collection, pytest.raises(ValueError, match="383"):
        collection.search_vectors([0.1] * 383, 3)


def test_a_reader_changes_nothing_and_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    def files() -> dict[Path, tuple[int, int]]:
        return {
            path: (path.stat().st_size, path.stat().st_mtime_ns)
            for path in shelf.index_folder().rglob("*")
        }

    before = files()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = (
        "import sys; from pathlib import Path; from storage.collection import Collection\n"
        "from benchmarks.synthetic_corpus import clustered_vector\n"
        "collection = Collection(Path(sys.argv[1]), '講義', exact_up_to=0)\n"
        "assert len(collection.search_vectors(clustered_vector('x'), 5)) == 5\n"
        "assert collection.searches_through_index\n"
    )
    root = Path(__file__).resolve().parent.parent.parent
    subprocess.run(
        [sys.executable, "-c", script, str(shelf.home)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(temporary)},
    )
    assert files() == before
    assert list(temporary.iterdir()) == []


def test_the_copy_of_a_killed_reader_is_swept(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f"yomitoki-index-{gone.pid}-abc").mkdir()
    (tmp_path / f"yomitoki-index-{os.getpid()}-abc").mkdir()
    (tmp_path / "yomitoki-index-other").mkdir()
    with shelf.open() as collection:
        collection.search_vectors(clustered_vector("x"), 1)
        names = {path.name for path in tmp_path.glob("yomitoki-*")}
        assert f"yomitoki-index-{gone.pid}-abc" not in names
        assert {f"yomitoki-index-{os.getpid()}-abc", "yomitoki-index-other"} < names


def test_no_room_for_a_copy_means_exact_search(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert_searches_exactly(shelf, FILES, through_index=False, every=20)


def test_a_closed_search_can_be_used_again(shelf: Shelf) -> None:
    catalogue = Catalogue(shelf.generation / CATALOGUE, shelf.name)
    search = VectorSearch(shelf.generation, 384)
    first = search.search(catalogue, clustered_vector("x"), 3)
    search.close()
    assert search.search(catalogue, clustered_vector("x"), 3) == first
    search.close()
    catalogue.close()
