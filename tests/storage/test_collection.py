from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from storage_doubles import (
    NAME,
    Shelf,
    SpaceTokenizerSettings,
    assert_searches_exactly,
    clustered_vector,
    identity,
)

from pipelines.errors import YomitokiError
from pipelines.parts import Collection as CollectionProtocol
from pipelines.word_index import WordIndex
from storage.catalogue_writer import CatalogueWriter
from storage.collection import Collection
from storage.layout import CATALOGUE
from storage.lock import WriterLock
from storage.repair import repair_for_reading

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = {f"{n}.md": f"文{n} 一\n文{n} 二" for n in range(20)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.ingest(FILES)
    return shelf


def text_of(collection: CollectionProtocol, line: str) -> str:
    ((node_id, _),) = collection.search_vectors(clustered_vector(line), 1)
    return collection.nodes([node_id])[0].text


def test_it_is_what_retrievers_ask_for(shelf: Shelf) -> None:
    with shelf.open() as collection:
        assert text_of(collection, "文3 二") == "文3 二"  # The type checker compares the protocol.
        assert collection.identity == identity()
        assert collection.counts() == (20, 40, 40)
        assert collection.document("3.md").text == FILES["3.md"]
        with pytest.raises(KeyError, match=r"nobody\.md"):
            collection.document("nobody.md")
        with pytest.raises(KeyError, match="nobody"):
            collection.nodes(["nobody"])


@pytest.mark.parametrize(
    ("embedding", "parser", "message"),
    [
        (identity(embedding="other").embedding, None, "built with the embedding"),
        (None, identity(parser="other").parser, "built with the node parser"),
    ],
)
def test_something_else_is_refused(shelf: Shelf, embedding, parser, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(YomitokiError, match=rf"{message} .* --rebuild$"):
        Collection(shelf.home, NAME, embedding, parser)
    Collection(shelf.home, NAME, identity().embedding, identity().parser).close()


def test_the_version_moves_with_the_documents(shelf: Shelf) -> None:
    with shelf.open() as collection:
        first = collection.version()
        shelf.ingest(FILES)
        assert collection.version() == first
        shelf.ingest({**FILES, "new.md": "新"})
        second = collection.version()
        shelf.ingest({**FILES, "new.md": "新"}, rebuild=True)
        assert len({first, second, collection.version()}) == 3


def test_an_open_reader_follows_changes_removals_and_rebuilds(shelf: Shelf) -> None:
    with shelf.open() as collection:
        assert text_of(collection, "文3 一") == "文3 一"
        shelf.ingest({**FILES, "3.md": "改めた文"})
        assert text_of(collection, "改めた文") == "改めた文"
        assert text_of(collection, "文3 一") != "文3 一"
        assert collection.searches_through_index
        shelf.ingest({"3.md": "改めた文"}, sync=True, confirm=lambda _: True)
        assert len(collection.search_vectors(clustered_vector("x"), 100)) == 1
        other = identity(embedding="other")
        shelf.ingest({"3.md": "再び改めた文"}, identity=other, rebuild=True)
        assert text_of(collection, "再び改めた文") == "再び改めた文"
        assert collection.searches_through_index


def test_a_reader_with_a_config_is_told_when_a_rebuild_takes_another(shelf: Shelf) -> None:
    with Collection(shelf.home, NAME, identity().embedding) as collection:
        shelf.ingest(FILES, identity=identity(embedding="other"), rebuild=True)
        with pytest.raises(YomitokiError, match="built with the embedding embedding other"):
            collection.search_vectors(clustered_vector("x"), 1)


def test_a_snapshot_holds_through_changes_and_a_rebuild(shelf: Shelf) -> None:
    with shelf.open() as collection:
        with collection.snapshot():
            hits = collection.search_vectors(clustered_vector("文3 一"), 40)
            words = collection.search_words(WordIndex(SpaceTokenizerSettings()), "文3", 5)
            shelf.ingest({"0.md": "残り"}, sync=True, confirm=lambda _: True)
            shelf.ingest({"0.md": "残り"}, rebuild=True)
            assert collection.search_vectors(clustered_vector("文3 一"), 40) == hits
            assert collection.search_words(WordIndex(SpaceTokenizerSettings()), "文3", 5) == words
            with collection.snapshot():
                assert len(collection.nodes([node_id for node_id, _ in hits])) == 40
            assert collection.neighbours(hits[0][0], 1, 1)
            assert collection.counts() == (20, 40, 40)
        assert collection.counts() == (1, 1, 1)
        assert text_of(collection, "x") == "残り"


def test_files_are_given_back(shelf: Shelf) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("counts open files in /proc")

    def use() -> None:
        with shelf.open() as collection:
            text_of(collection, "文3 一")
            threads = [
                threading.Thread(target=text_of, args=(collection, "文3 一")) for _ in range(5)
            ]
            for thread in threads:
                thread.start()
                thread.join()
            shelf.ingest(FILES, rebuild=True)
            text_of(collection, "文3 一")

    use()
    gc.collect()
    before = len(list(descriptors.iterdir()))
    for _ in range(3):
        use()
    gc.collect()
    assert len(list(descriptors.iterdir())) <= before + 2


class TestAfterAKill:
    @pytest.fixture
    def killed(self, shelf: Shelf) -> Shelf:
        writer = CatalogueWriter(shelf.generation / CATALOGUE, NAME)
        writer.index_writing()
        writer.close()
        return shelf

    def test_opening_builds_the_index_of_a_small_collection(self, killed: Shelf) -> None:
        embedded = killed.embed_model.texts_embedded
        assert_searches_exactly(killed, FILES, through_index=True, every=10)
        assert killed.embed_model.texts_embedded == embedded

    def test_a_large_one_is_searched_exactly_until_the_next_ingest(self, killed: Shelf) -> None:
        repair_for_reading(killed.home, NAME, max_nodes=39)
        assert killed.index_state().kind == "writing"
        repair_for_reading(killed.home, NAME, max_nodes=40)
        assert killed.index_state().kind == "clean"

    def test_while_somebody_writes_the_search_is_exact(self, killed: Shelf) -> None:
        with WriterLock(killed.folder, NAME):
            assert_searches_exactly(killed, FILES, through_index=False, every=10)
        assert killed.index_state().kind == "writing"

    def test_an_unchanged_ingest_builds_it_too(self, killed: Shelf) -> None:
        report = killed.ingest(FILES)
        assert (report.unchanged, report.embeddings) == (20, 0)
        assert killed.index_state().kind == "clean"


WRITER = """
import sys, time
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from storage_doubles import Shelf
shelf = Shelf(Path(sys.argv[1]))
sys.stdout.write("ready\\n")
def tell(progress):
    for source in progress.sources:
        sys.stdout.write(f"{revision} {progress.stage} {source}\\n")
    sys.stdout.flush()
for revision in range(1, 9):
    lines = "文{n} 一 改{r}\\n文{n} 二 改{r}"
    files = {f"{n}.md": lines.format(n=n, r=revision) for n in range(revision, 20)}
    shelf.ingest(files, sync=True, on_progress=tell)
"""


@pytest.fixture
def writer(shelf: Shelf) -> Iterator[subprocess.Popen[str]]:
    """A process that ingests eight revisions, each removing a document, and says what is stored."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(shelf.home), str(ROOT), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_readers_see_what_another_process_acknowledged_and_nothing_old(
    shelf: Shelf, writer: subprocess.Popen[str]
) -> None:
    checked = 0
    slowest = 0.0
    assert writer.stdout is not None
    with shelf.open() as collection:
        for line in writer.stdout:
            revision, stage, source = line.split()
            number = source.removesuffix(".md")
            started = time.monotonic()
            with collection.snapshot():
                hits = collection.search_vectors(clustered_vector(f"文{number} 一"), 100)
                nodes = collection.nodes([node_id for node_id, _ in hits])
            texts = [n.text for n in nodes if n.metadata["source"] == source]
            words = collection.search_words(WordIndex(SpaceTokenizerSettings()), f"文{number}", 100)
            slowest = max(slowest, time.monotonic() - started)
            # The writer may be ahead of what it said last, never behind.
            revisions = {int(text.split("改")[1]) for text in texts}
            assert all(found >= int(revision) for found in revisions), (line, texts)
            if stage == "removed":
                assert texts == []
                assert words == []
            elif revisions:
                assert len(texts) == 2
            checked += 1
    assert writer.wait() == 0
    assert checked >= 100
    assert slowest < 2


def test_threads_read_while_another_process_writes(
    shelf: Shelf, writer: subprocess.Popen[str]
) -> None:
    errors: list[BaseException] = []
    done = threading.Event()
    rounds = [0] * 4

    def read(collection: Collection, thread: int) -> None:
        try:
            while not done.is_set():
                with collection.snapshot():
                    hits = collection.search_vectors(clustered_vector(f"文{thread} 一"), 8)
                    hits += collection.search_words(
                        WordIndex(SpaceTokenizerSettings()), f"文{thread}", 8
                    )
                    nodes = collection.nodes([node_id for node_id, _ in hits])
                    for node in nodes[:2]:
                        around = collection.neighbours(node.node_id, 1, 1)
                        assert len({other.text.partition("改")[2] for other in around}) == 1
                rounds[thread] += 1
        except BaseException as error:  # noqa: BLE001  Handed to the test.
            errors.append(error)

    with shelf.open() as collection:
        threads = [threading.Thread(target=read, args=(collection, n)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert writer.stdout is not None
        writer.stdout.read()
        done.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert min(rounds) >= 5
