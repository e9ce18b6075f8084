from __future__ import annotations

from pathlib import Path

import pytest
from storage_doubles import Shelf, assert_searches_exactly, clustered_vector

from storage.catalogue import Catalogue
from storage.catalogue_writer import CatalogueWriter
from storage.chroma_index import ChromaIndex, IndexUnusableError
from storage.doctor import check_collection
from storage.index_build import build_index, check_count, draw, few_strays, unreachable
from storage.layout import CATALOGUE
from storage.manifest import make_manifest, matches

FILES = {f"{n}.md": f"文{n}の一\n文{n}の二" for n in range(20)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Its index is on disk as a whole: what is not is built again, differently, at each opening."""
    shelf = Shelf(tmp_path)
    shelf.ingest(FILES, sync_threshold=3)
    return shelf


@pytest.fixture
def catalogue(shelf: Shelf) -> Catalogue:
    return Catalogue(shelf.generation / CATALOGUE, shelf.name)


def mislead(shelf: Shelf, catalogue: Catalogue, count: int) -> list[str]:
    """Give nodes another node's vector in the index, so that their own never leads to them."""
    ids = catalogue.searched()
    vectors = catalogue.vectors(ids)
    index = ChromaIndex(shelf.index_folder(), catalogue.catalogue_id())
    for wrong, right in zip(ids[:count], reversed(ids), strict=False):
        index.upsert([wrong], -vectors[right][None, :])
    index.close()
    return ids[:count]


def test_a_built_index_holds_all_and_has_its_name(shelf: Shelf, catalogue: Catalogue) -> None:
    told: list[tuple[int, int]] = []
    built = build_index(catalogue, shelf.generation, lambda *done: told.append(done))
    assert told == [(40, 40)]
    assert built.strays == []
    assert matches(built.folder, built.manifest)
    assert not list(shelf.generation.glob("*.building"))
    index = ChromaIndex(built.folder, catalogue.catalogue_id())
    check_count(index, catalogue)
    assert unreachable(index, catalogue.vectors(catalogue.searched())) == []
    index.delete(catalogue.searched()[:1])
    with pytest.raises(IndexUnusableError, match="holds 39 vectors, the catalogue 40"):
        check_count(index, catalogue)
    index.close()


def test_nodes_that_the_graph_misses_are_named(shelf: Shelf, catalogue: Catalogue) -> None:
    misled = mislead(shelf, catalogue, 3)
    index = ChromaIndex(shelf.index_folder(), catalogue.catalogue_id())
    assert unreachable(index, catalogue.vectors(catalogue.searched())) == misled
    index.close()


def test_nodes_of_one_text_stand_for_each_other(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.ingest({f"{n}.md": "同じ文" for n in range(30)})
    catalogue = Catalogue(shelf.generation / CATALOGUE, shelf.name)
    assert shelf.index_state().kind == "clean"
    assert shelf.index_state().strays == ()
    catalogue.close()


def test_strays_are_found_all_the_same(shelf: Shelf, catalogue: Catalogue) -> None:
    misled = mislead(shelf, catalogue, 3)
    folder = shelf.index_folder()
    writer = CatalogueWriter(shelf.generation / CATALOGUE, shelf.name)
    writer.index_clean(folder.name, make_manifest(folder), 0, misled)
    writer.close()
    assert_searches_exactly(shelf, FILES, through_index=True)
    found = {check.name: check for check in check_collection(shelf.home, shelf.name)}
    assert found["self-query"].ok
    assert "(3 of all are compared besides the index)" in found["self-query"].detail


def test_a_removed_stray_is_forgotten(shelf: Shelf, catalogue: Catalogue) -> None:
    misled = mislead(shelf, catalogue, 3)
    folder = shelf.index_folder()
    writer = CatalogueWriter(shelf.generation / CATALOGUE, shelf.name)
    writer.index_clean(folder.name, make_manifest(folder), 0, misled)
    writer.close()
    source = str(catalogue.nodes(misled[:1])[0].metadata["source"])
    changed = {**FILES, source: "書き直した文"}
    shelf.ingest(changed)
    state = shelf.index_state()
    assert misled[0] not in state.strays
    # The other 39 are not searched for: a graph with misled nodes, built by several threads and
    # built again when it is opened, may lose one more (docs/storage.md, limits).
    with shelf.open() as collection:
        (first, _), *_ = collection.search_vectors(clustered_vector("書き直した文"), 3)
        assert collection.searches_through_index
        assert collection.nodes([first])[0].text == "書き直した文"


@pytest.mark.parametrize(
    ("missed", "nodes", "few"),
    [(0, 0, True), (5, 10, True), (6, 10, False), (10, 1_000, True), (11, 1_000, False)],
)
def test_few_is_five_or_a_hundredth(missed: int, nodes: int, few: bool) -> None:
    ids = [str(n) for n in range(missed)]
    if few:
        assert few_strays(ids, nodes) == ids
    else:
        with pytest.raises(IndexUnusableError, match=f"{missed} nodes are not found"):
            few_strays(ids, nodes)


def test_a_sample_is_the_same_each_time() -> None:
    ids = [f"n{n}" for n in range(100)]
    assert draw(ids, 100) == ids
    assert draw(ids, 10) == draw(ids, 10)
    assert len(set(draw(ids, 10))) == 10
