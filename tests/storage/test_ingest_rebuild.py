from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from storage_doubles import SentenceLineParser, Shelf, assert_searches_exactly, identity

from benchmarks.synthetic_corpus import ClusteredEmbedding
from pipelines.errors import YomitokiError
from storage.ingestion import known_files

FILES = {"a.md": "赤い花\n青い空", "b/い.md": "白い雲", "c.md": "黒い猫\n茶色の犬\n緑の木"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


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
def test_something_else_is_refused(shelf: Shelf, other: Any, message: str) -> None:
    shelf.ingest(FILES)
    with pytest.raises(YomitokiError, match=message):
        shelf.ingest(FILES, identity=other)
    with pytest.raises(YomitokiError, match=message):
        known_files(shelf.home, shelf.name, other)
    assert_searches_exactly(shelf, FILES, through_index=True)


def test_rebuild_takes_over_everything(shelf: Shelf) -> None:
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


def test_rebuild_with_another_parser_embeds_nothing_twice(shelf: Shelf) -> None:
    shelf.ingest(FILES)
    report = shelf.ingest(FILES, identity=identity(parser="words"), rebuild=True)
    assert (report.embeddings, report.reused) == (0, 6)
    assert_searches_exactly(shelf, FILES, through_index=True)


def test_rebuild_with_sync_drops_the_rest_after_a_yes(shelf: Shelf) -> None:
    shelf.ingest(FILES)
    report = shelf.ingest({"a.md": "新"}, rebuild=True, sync=True)
    assert len(report.not_removed) == 2
    report = shelf.ingest({"a.md": "新"}, rebuild=True, sync=True, confirm=lambda _: True)
    assert report.removed == 2
    assert_searches_exactly(shelf, {"a.md": "新"}, through_index=True)


def test_a_rebuild_that_loses_much_leaves_the_old(shelf: Shelf) -> None:
    shelf.ingest(FILES)

    class Refusing(SentenceLineParser):
        def _parse_nodes(self, nodes: Any, **options: Any) -> Any:  # noqa: ARG002
            raise ValueError("no sentence found")

    with pytest.raises(YomitokiError, match=r"3 of 3 documents .*a\.md \(no sentence found\)"):
        shelf.ingest(FILES, rebuild=True, node_parser=Refusing(), identity=identity(parser="x"))
    assert_searches_exactly(shelf, FILES, through_index=True)


def test_a_rebuild_of_a_missing_collection_is_a_plain_ingest(shelf: Shelf) -> None:
    assert shelf.ingest(FILES, rebuild=True).added == 3
    assert_searches_exactly(shelf, FILES, through_index=True)
