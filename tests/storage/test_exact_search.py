from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage_doubles import Shelf, clustered_vector

from storage.catalogue import Catalogue
from storage.exact_search import ExactSearch, best_first, unit
from storage.layout import CATALOGUE


def test_unit_rows_have_length_one() -> None:
    rows = np.array([[3.0, 4.0], [0.0, 2.0], [0.0, 0.0]], dtype=np.float32)
    assert unit(rows) == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0], [0.0, 0.0]]))


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), max_size=30),
    st.integers(min_value=0, max_value=40),
)
def test_the_best_come_first_and_ties_by_id(scores: list[float], top_k: int) -> None:
    ids = [f"n{number:02d}" for number in reversed(range(len(scores)))]
    expected = sorted(zip(ids, scores, strict=True), key=lambda hit: (-hit[1], hit[0]))[:top_k]
    assert best_first(ids, np.array(scores, dtype=np.float32), top_k) == expected


def test_it_follows_the_catalogue_and_reads_only_what_is_new(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    files = {"a.md": "一\n二", "b.md": "三"}
    search = ExactSearch(384)
    for step in ({}, {"c.md": "四\n五"}, {"a.md": "一\n六"}, {"b.md": ""}):
        files |= step
        shelf.ingest(files)
        catalogue = Catalogue(shelf.generation / CATALOGUE, shelf.name)
        version = catalogue.index_state().version
        read: list[int] = []
        fetch = catalogue.vectors

        class Counting:
            searched = staticmethod(catalogue.searched)

            @staticmethod
            def vectors(ids: list[str]) -> dict[str, np.ndarray]:
                read.append(len(ids))  # noqa: B023
                return fetch(ids)  # noqa: B023

        search.refresh(Counting(), version)  # type: ignore[arg-type]
        lines = [line for text in files.values() for line in text.split("\n") if line]
        assert sum(read) == {"": 3, "c.md": 2, "a.md": 2, "b.md": 0}["".join(step)]
        search.refresh(catalogue, version)
        for line in lines:
            hits = search.search(np.array(clustered_vector(line), dtype=np.float32), 100)
            assert len(hits) == len(lines)
            expected = [
                float(np.dot(clustered_vector(line), clustered_vector(other))) for other in lines
            ]
            assert [score for _, score in hits] == pytest.approx(
                sorted(expected, reverse=True), abs=1e-5
            )
            assert catalogue.nodes([hits[0][0]])[0].text == line
        catalogue.close()
