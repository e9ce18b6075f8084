from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from storage_doubles import (
    FailingEmbedding,
    SentenceLineParser,
    Shelf,
    assert_searches_exactly,
    clustered_vector,
    read_result,
)

from benchmarks.synthetic_corpus import ClusteredEmbedding
from pipelines.errors import YomitokiError
from storage.ingest_report import IngestProgress
from storage.ingestion import ingest, known_files
from storage.layout import collection_folders
from storage.readers.results import ReadFailure, ReadResult, Unchanged

FILES = {"a.md": "赤い花\n青い空", "b/い.md": "白い雲", "c.md": "黒い猫\n茶色の犬\n緑の木"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_what_is_ingested_is_found(shelf: Shelf) -> None:
    report = shelf.ingest(FILES)
    assert (report.added, report.changed, report.unchanged, report.removed) == (3, 0, 0, 0)
    assert (report.nodes, report.embeddings, report.reused, report.failed) == (6, 6, 0, [])
    assert report.seconds > 0
    assert_searches_exactly(shelf, FILES, through_index=True)


def test_unchanged_files_cost_nothing(shelf: Shelf) -> None:
    shelf.ingest(FILES)
    before = {path: path.stat().st_mtime_ns for path in shelf.index_folder().rglob("*")}
    state = shelf.index_state()
    report = shelf.ingest(FILES)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 3)
    assert (report.nodes, report.embeddings) == (0, 0)
    assert shelf.embed_model.texts_embedded == 6
    assert shelf.index_state() == state
    assert {path: path.stat().st_mtime_ns for path in shelf.index_folder().rglob("*")} == before


def test_a_changed_file_replaces_its_document_and_keeps_known_vectors(shelf: Shelf) -> None:
    shelf.ingest(FILES)
    changed = {**FILES, "a.md": "赤い花\n灰色の空"}
    report = shelf.ingest(changed)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 2)
    assert (report.nodes, report.embeddings, report.reused) == (2, 1, 1)
    assert_searches_exactly(shelf, changed, through_index=True)


def test_back_to_an_earlier_version(shelf: Shelf) -> None:
    for text in ("甲\n乙", "丙", "甲\n乙"):
        shelf.ingest({"a.md": text, "b.md": "丁"})
        assert_searches_exactly(shelf, {"a.md": text, "b.md": "丁"}, through_index=True)


def test_documents_with_the_same_text_stay_two(shelf: Shelf) -> None:
    shelf.ingest({"a.md": "同じ", "b.md": "同じ"})
    assert shelf.embed_model.texts_embedded == 1
    with shelf.open() as collection:
        hits = collection.search_vectors(clustered_vector("同じ"), 10)
        sources = [node.metadata["source"] for node in collection.nodes([i for i, _ in hits])]
    assert sorted(sources) == ["a.md", "b.md"]


def test_an_empty_document_is_held_without_nodes(shelf: Shelf) -> None:
    shelf.ingest({"empty.md": ""})
    assert shelf.content() == {"empty.md": []}
    with shelf.open() as collection:
        assert collection.search_vectors(clustered_vector("x"), 5) == []
    shelf.ingest({"empty.md": "", "full.md": "文"})
    assert_searches_exactly(shelf, {"empty.md": "", "full.md": "文"}, through_index=True)


def test_a_document_of_more_nodes_than_chroma_takes_at_once(shelf: Shelf) -> None:
    lines = [f"行{number}" for number in range(6_000)]
    report = shelf.ingest({"long.md": "\n".join(lines)})
    assert report.nodes == 6_000
    with shelf.open() as collection:
        assert collection.counts() == (1, 6_000, 6_000)
        for number in (0, 5_460, 5_461, 5_462, 5_999):
            ((node_id, score),) = collection.search_vectors(clustered_vector(lines[number]), 1)
            assert collection.nodes([node_id])[0].text == lines[number]
            assert score == pytest.approx(1, abs=1e-5)
        assert collection.searches_through_index


@pytest.mark.parametrize("fail_at", [1, 64, 65, 130])
def test_a_model_that_dies_leaves_the_old_version(shelf: Shelf, fail_at: int) -> None:
    old = {"a.md": "\n".join(f"古い{n}" for n in range(100))}
    shelf.ingest(old)
    new = {"a.md": "\n".join(f"新しい{n}" for n in range(130))}
    broken = FailingEmbedding(fail_at=fail_at)
    with pytest.raises(RuntimeError, match="the model died"):
        shelf.ingest(new, embed_model=broken)
    assert_searches_exactly(shelf, old, through_index=True)
    healthy = ClusteredEmbedding()
    report = shelf.ingest(new, embed_model=healthy)
    # Vectors are kept in slices of 64 or more, so that a long document is not begun again.
    assert (report.changed, report.embeddings + report.reused) == (1, 130)
    assert report.reused in ({0} if fail_at <= 64 else {64, 128})
    assert report.reused < fail_at
    assert_searches_exactly(shelf, new, through_index=True)


class _Vectors(ClusteredEmbedding):
    vector: list[float]

    def _get_text_embedding(self, text: str) -> list[float]:  # noqa: ARG002
        return self.vector


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        ([0.5] * 383, r"gave vectors of \[383\] dimensions instead of 384"),
        ([0.0] * 384, "zero or not a number"),
        ([float("nan")] * 384, "zero or not a number"),
    ],
)
def test_vectors_that_can_not_be_searched_are_refused(
    shelf: Shelf, vector: list[float], message: str
) -> None:
    with pytest.raises(YomitokiError, match=message):
        shelf.ingest(FILES, embed_model=_Vectors(vector=vector))
    assert shelf.content() == {}


def test_failures_are_reported_and_the_rest_goes_on(shelf: Shelf) -> None:
    shelf.ingest({"bad.md": "まだ読めた"})
    reads: list[Any] = [
        ReadFailure("bad.md", "encoding", "not text: save it as UTF-8"),
        read_result("good.md", "良い"),
        read_result("good.md", "二度目"),
        read_result("odd.md", "孤立\ud800"),
        Unchanged("stranger.md", "0" * 64),
    ]
    report = ingest(
        reads,
        home=shelf.home,
        name=shelf.name,
        identity=shelf.identity,
        node_parser=SentenceLineParser(),
        embed_model=shelf.embed_model,
        sync=True,
    )
    assert {failure.source: failure.reason for failure in report.failed} == {
        "bad.md": "not text: save it as UTF-8",
        "good.md": "named twice in this run: only the first one counts",
        "odd.md": "the text holds a lone surrogate at character 2: not valid Unicode",
        "stranger.md": "changed in the collection meanwhile: run the same again",
    }
    assert (report.added, report.removed) == (1, 0)
    assert_searches_exactly(shelf, {"bad.md": "まだ読めた", "good.md": "良い"}, through_index=True)


def test_unchanged_outcomes_of_the_readers_count(shelf: Shelf) -> None:
    shelf.ingest(FILES)
    known = known_files(shelf.home, shelf.name, shelf.identity)
    assert known == {source: read_result(source, text).sha256 for source, text in FILES.items()}
    report = ingest(
        [Unchanged(source, sha256) for source, sha256 in known.items()],
        home=shelf.home,
        name=shelf.name,
        identity=shelf.identity,
        node_parser=SentenceLineParser(),
        embed_model=shelf.embed_model,
    )
    assert (report.unchanged, report.failed) == (3, [])


def test_progress_says_stored_when_it_is_durable(shelf: Shelf) -> None:
    told: list[IngestProgress] = []

    def tell(progress: IngestProgress) -> None:
        told.append(progress)
        if progress.stage == "stored":
            assert set(progress.sources) <= shelf.content().keys()

    shelf.ingest({f"{n}.md": f"文{n}" for n in range(130)}, on_progress=tell)
    stored = [p for p in told if p.stage == "stored"]
    assert stored[0].documents == len(stored[0].sources) == 64
    assert [s for p in stored for s in p.sources] == [f"{n}.md" for n in range(130)]
    assert stored[-1].documents == stored[-1].nodes == stored[-1].embeddings == 130
    assert sum(p.stage == "embedding" for p in told) >= 2


def test_an_interrupted_run_keeps_what_was_stored_and_its_index(shelf: Shelf) -> None:
    def interrupted() -> Iterator[ReadResult]:
        for n in range(100):
            if n == 80:
                raise KeyboardInterrupt
            yield read_result(f"{n}.md", f"文{n}")

    with pytest.raises(KeyboardInterrupt):
        ingest(
            interrupted(),
            home=shelf.home,
            name=shelf.name,
            identity=shelf.identity,
            node_parser=SentenceLineParser(),
            embed_model=shelf.embed_model,
        )
    assert shelf.index_state().kind == "clean"
    stored = {f"{n}.md": f"文{n}" for n in range(64)}
    assert_searches_exactly(shelf, stored, through_index=True, every=10)


def test_collections_do_not_mix(tmp_path: Path) -> None:
    names = ["講義", "講議", "Lecture", "lecture", "a/b", "..", "x" * 100, "🎓 2026"]
    for name in names:
        Shelf(tmp_path, name).ingest({"a.md": f"{name}の文"})
    for name in names:
        assert_searches_exactly(Shelf(tmp_path, name), {"a.md": f"{name}の文"}, through_index=True)
    folders = collection_folders(tmp_path)
    assert len(folders) == len(names)
    assert all(folder.name.isascii() and "/" not in folder.name for folder in folders)
