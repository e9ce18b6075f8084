from __future__ import annotations

from pathlib import Path

import pytest
from storage_doubles import Shelf, assert_searches_exactly, clustered_vector

from storage.ingest_report import Removal


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


TEN = {f"{n}.md": f"文{n}" for n in range(10)}


def ten_without(*numbers: int) -> dict[str, str]:
    return {s: t for s, t in TEN.items() if s not in {f"{n}.md" for n in numbers}}


def test_nothing_is_removed_unless_asked(shelf: Shelf) -> None:
    shelf.ingest(TEN)
    report = shelf.ingest(ten_without(1))
    assert report.removed == 0
    assert shelf.content().keys() == TEN.keys()


def test_a_fifth_is_removed_without_asking(shelf: Shelf) -> None:
    shelf.ingest(TEN)
    report = shelf.ingest(ten_without(1, 2), sync=True, confirm=pytest.fail)
    assert (report.removed, report.not_removed) == (2, ())
    assert_searches_exactly(shelf, ten_without(1, 2), through_index=True)


@pytest.mark.parametrize("answer", [True, False])
def test_more_than_a_fifth_needs_a_yes(shelf: Shelf, answer: bool) -> None:
    shelf.ingest(TEN)
    asked: list[Removal] = []

    def confirm(removal: Removal) -> bool:
        asked.append(removal)
        return answer

    report = shelf.ingest(ten_without(1, 2, 3), sync=True, confirm=confirm)
    assert asked == [Removal(("1.md", "2.md", "3.md"), 10)]
    assert report.removed == (3 if answer else 0)
    assert report.not_removed == (() if answer else ("1.md", "2.md", "3.md"))
    left = ten_without(1, 2, 3) if answer else TEN
    assert_searches_exactly(shelf, left, through_index=True)


def test_an_empty_listing_removes_nothing(shelf: Shelf) -> None:
    shelf.ingest(TEN)
    report = shelf.ingest({}, sync=True)
    assert (report.removed, len(report.not_removed)) == (0, 10)
    assert shelf.content().keys() == TEN.keys()


def test_an_empty_listing_removes_all_after_a_yes(shelf: Shelf) -> None:
    shelf.ingest(TEN)
    assert shelf.ingest({}, sync=True, confirm=lambda _: True).removed == 10
    assert shelf.content() == {}
    with shelf.open() as collection:
        assert collection.search_vectors(clustered_vector("文1"), 3) == []
    shelf.ingest(TEN)
    assert_searches_exactly(shelf, TEN, through_index=True)


def test_nothing_below_an_unlisted_folder_is_removed(shelf: Shelf) -> None:
    shelf.ingest({**TEN, "closed/a.md": "鍵", "closed2/b.md": "戸"})
    report = shelf.ingest(TEN, sync=True, unlisted=["closed"])
    assert report.removed == 1
    assert shelf.content().keys() == {*TEN, "closed/a.md"}
