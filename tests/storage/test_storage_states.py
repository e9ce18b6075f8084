"""Any order of adding, changing, removing, damaging and reopening, against a plain dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from storage_doubles import NAME, FailingEmbedding, Shelf, SpaceTokenizerSettings, clustered_vector

from pipelines.word_index import WordIndex
from storage.catalogue_writer import CatalogueWriter
from storage.layout import CATALOGUE
from storage.repair import rebuild_index

SOURCES = st.sampled_from([f"{n}.md" for n in range(6)])
TEXTS = st.lists(st.sampled_from(["甲", "乙", "丙 丁", "戊 甲", "己"]), max_size=4).map("\n".join)


class Collections(RuleBasedStateMachine):
    """What was ingested is exactly what is found."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="yomitoki-states-"))
        self.shelf = Shelf(self.home)
        self.files: dict[str, str] = {"0.md": "甲\n乙"}
        self.shelf.ingest(self.files)
        self.reader = self.shelf.open()

    @rule(source=SOURCES, text=TEXTS)
    def put(self, source: str, text: str) -> None:
        before = self.files.get(source)
        report = self.shelf.ingest({source: text})
        self.files[source] = text
        kinds = (report.added, report.changed, report.unchanged)
        expected = (before is None, before not in (None, text), before == text)
        assert kinds == tuple(int(kind) for kind in expected)

    @rule(sources=st.sets(SOURCES))
    def keep_only(self, sources: set[str]) -> None:
        kept = {source: text for source, text in self.files.items() if source in sources}
        report = self.shelf.ingest(kept, sync=True, confirm=lambda _: True)
        assert report.removed == len(self.files) - len(kept)
        self.files = kept

    @rule(source=SOURCES)
    def fail(self, source: str) -> None:
        try:
            self.shelf.ingest(
                {source: f"新しい{len(self.files)}"}, embed_model=FailingEmbedding(fail_at=1)
            )
        except RuntimeError:
            return
        self.files[source] = f"新しい{len(self.files)}"

    @rule()
    def rebuild(self) -> None:
        embedded = self.shelf.embed_model.texts_embedded
        self.shelf.ingest(self.files, rebuild=True)
        assert self.shelf.embed_model.texts_embedded == embedded

    @rule()
    def rebuild_the_index(self) -> None:
        assert rebuild_index(self.home, NAME) is None

    @rule(cut=st.integers(min_value=0, max_value=400))
    def damage_the_index(self, cut: int) -> None:
        if self.shelf.index_state().kind == "clean":
            for path in self.shelf.index_folder().rglob("*.sqlite3"):
                path.write_bytes(path.read_bytes()[: -cut - 1])

    @rule()
    def leave_the_index_half_written(self) -> None:
        writer = CatalogueWriter(self.shelf.generation / CATALOGUE, NAME)
        writer.index_writing()
        writer.close()

    @rule()
    def reopen(self) -> None:
        self.reader.close()
        self.reader = self.shelf.open()

    @invariant()
    def everything_is_found_and_nothing_else(self) -> None:
        lines = sorted(
            (source, line)
            for source, text in self.files.items()
            for line in text.split("\n")
            if line
        )
        with self.reader.snapshot():
            hits = self.reader.search_vectors(clustered_vector("甲"), 100)
            nodes = self.reader.nodes([node_id for node_id, _ in hits])
            assert sorted((n.metadata["source"], n.text) for n in nodes) == lines
            words = self.reader.search_words(WordIndex(SpaceTokenizerSettings()), "甲", 100)
            nodes = self.reader.nodes([node_id for node_id, _ in words])
            found = sorted((n.metadata["source"], n.text) for n in nodes)
            assert found == [(s, line) for s, line in lines if "甲" in line.split()]
            for _, line in lines:
                best, *_ = self.reader.search_vectors(clustered_vector(line), 1)
                assert self.reader.nodes([best[0]])[0].text == line

    def teardown(self) -> None:
        if hasattr(self, "reader"):
            self.reader.close()
            shutil.rmtree(self.home)


TestCollections = Collections.TestCase
TestCollections.settings = settings(
    max_examples=8,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
