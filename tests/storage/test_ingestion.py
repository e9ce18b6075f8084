from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from storage_doubles import (
    FailingEmbedding,
    SentenceLineParser,
    Shelf,
    assert_searches_exactly,
    clustered_vector,
    identity,
    read_result,
)

from benchmarks.synthetic_corpus import ClusteredEmbedding
from pipelines.errors import YomitokiError
from storage.ingest_report import IngestProgress, Removal
from storage.ingestion import ingest, known_files
from storage.layout import collection_folders
from storage.readers.results import ReadFailure, Unchanged

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
    # Vectors are kept in slices of 64, so that a long document is not begun again.
    kept = (fail_at - 1) // 64 * 64
    assert (report.changed, report.embeddings, report.reused) == (1, 130 - kept, kept)
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
    assert [len(p.sources) for p in stored] == [64, 64, 2]
    assert [p.documents for p in stored] == [64, 128, 130]
    assert sum(p.stage == "embedding" for p in told) == 3


TEN = {f"{n}.md": f"文{n}" for n in range(10)}


def ten_without(*numbers: int) -> dict[str, str]:
    return {s: t for s, t in TEN.items() if s not in {f"{n}.md" for n in numbers}}


class TestSync:
    def test_nothing_is_removed_unless_asked(self, shelf: Shelf) -> None:
        shelf.ingest(TEN)
        report = shelf.ingest(ten_without(1))
        assert report.removed == 0
        assert shelf.content().keys() == TEN.keys()

    def test_a_fifth_is_removed_without_asking(self, shelf: Shelf) -> None:
        shelf.ingest(TEN)
        report = shelf.ingest(ten_without(1, 2), sync=True, confirm=pytest.fail)
        assert (report.removed, report.not_removed) == (2, ())
        assert_searches_exactly(shelf, ten_without(1, 2), through_index=True)

    @pytest.mark.parametrize("answer", [True, False])
    def test_more_than_a_fifth_needs_a_yes(self, shelf: Shelf, answer: bool) -> None:
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

    def test_an_empty_listing_removes_nothing(self, shelf: Shelf) -> None:
        shelf.ingest(TEN)
        report = shelf.ingest({}, sync=True)
        assert (report.removed, len(report.not_removed)) == (0, 10)
        assert shelf.content().keys() == TEN.keys()

    def test_an_empty_listing_removes_all_after_a_yes(self, shelf: Shelf) -> None:
        shelf.ingest(TEN)
        assert shelf.ingest({}, sync=True, confirm=lambda _: True).removed == 10
        assert shelf.content() == {}
        with shelf.open() as collection:
            assert collection.search_vectors(clustered_vector("文1"), 3) == []
        shelf.ingest(TEN)
        assert_searches_exactly(shelf, TEN, through_index=True)

    def test_nothing_below_an_unlisted_folder_is_removed(self, shelf: Shelf) -> None:
        shelf.ingest({**TEN, "closed/a.md": "鍵", "closed2/b.md": "戸"})
        report = shelf.ingest(TEN, sync=True, unlisted=["closed"])
        assert report.removed == 1
        assert shelf.content().keys() == {*TEN, "closed/a.md"}


class TestFingerprint:
    @pytest.mark.parametrize(
        ("other", "message"),
        [
            (
                identity(embedding="other"),
                r"collection '講義': built with the embedding embedding clustered, 384 dimensions "
                r"\[clustered\], but the config asks for embedding other, 384 dimensions "
                r"\[other\]: change the config back, or build it anew: python main\.py ingest PATH "
                r"--collection '?講義'? --rebuild$",
            ),
            (identity(parser="words"), "built with the node parser parser lines .* parser words"),
        ],
    )
    def test_something_else_is_refused(self, shelf: Shelf, other: Any, message: str) -> None:
        shelf.ingest(FILES)
        with pytest.raises(YomitokiError, match=message):
            shelf.ingest(FILES, identity=other)
        with pytest.raises(YomitokiError, match=message):
            known_files(shelf.home, shelf.name, other)
        assert_searches_exactly(shelf, FILES, through_index=True)

    def test_rebuild_takes_over_everything(self, shelf: Shelf) -> None:
        shelf.ingest(FILES)
        old = shelf.generation
        other = ClusteredEmbedding()
        kept = {"a.md": "新しい"}
        report = shelf.ingest(
            kept, identity=identity(embedding="other"), embed_model=other, rebuild=True
        )
        # b and c were not named: without sync they are made anew from the catalogue's text.
        assert (report.added, report.changed, report.unchanged, report.removed) == (0, 1, 2, 0)
        assert other.texts_embedded == 5
        assert not old.exists()
        assert_searches_exactly(shelf, {**FILES, **kept}, through_index=True)

    def test_rebuild_with_another_parser_embeds_nothing_twice(self, shelf: Shelf) -> None:
        shelf.ingest(FILES)
        report = shelf.ingest(FILES, identity=identity(parser="words"), rebuild=True)
        assert (report.embeddings, report.reused) == (0, 6)
        assert_searches_exactly(shelf, FILES, through_index=True)

    def test_rebuild_with_sync_drops_the_rest_after_a_yes(self, shelf: Shelf) -> None:
        shelf.ingest(FILES)
        report = shelf.ingest({"a.md": "新"}, rebuild=True, sync=True)
        assert len(report.not_removed) == 2
        report = shelf.ingest({"a.md": "新"}, rebuild=True, sync=True, confirm=lambda _: True)
        assert report.removed == 2
        assert_searches_exactly(shelf, {"a.md": "新"}, through_index=True)

    def test_a_rebuild_that_loses_much_leaves_the_old(self, shelf: Shelf) -> None:
        shelf.ingest(FILES)

        class Refusing(SentenceLineParser):
            def _parse_nodes(self, nodes: Any, **options: Any) -> Any:  # noqa: ARG002
                raise ValueError("no sentence found")

        with pytest.raises(YomitokiError, match=r"3 of 3 documents .*a\.md \(no sentence found\)"):
            shelf.ingest(FILES, rebuild=True, node_parser=Refusing(), identity=identity(parser="x"))
        assert_searches_exactly(shelf, FILES, through_index=True)

    def test_a_rebuild_of_a_missing_collection_is_a_plain_ingest(self, shelf: Shelf) -> None:
        assert shelf.ingest(FILES, rebuild=True).added == 3
        assert_searches_exactly(shelf, FILES, through_index=True)


def test_collections_do_not_mix(tmp_path: Path) -> None:
    names = ["講義", "講議", "Lecture", "lecture", "a/b", "..", "x" * 100, "🎓 2026"]
    for name in names:
        Shelf(tmp_path, name).ingest({"a.md": f"{name}の文"})
    for name in names:
        assert_searches_exactly(Shelf(tmp_path, name), {"a.md": f"{name}の文"}, through_index=True)
    folders = collection_folders(tmp_path)
    assert len(folders) == len(names)
    assert all(folder.name.isascii() and "/" not in folder.name for folder in folders)
