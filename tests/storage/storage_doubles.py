"""What the storage tests put in the place of readers, parsers, models and tokenizers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.synthetic_corpus import (
    ClusteredEmbedding,
    SentenceLineParser,
    clustered_vector,
    identity,
    read_result,
)
from pipelines.component import ComponentSettings
from storage.catalogue import Catalogue, IndexState
from storage.collection import Collection
from storage.identity import CollectionIdentity
from storage.ingest_report import IngestReport
from storage.ingestion import ingest
from storage.layout import CATALOGUE, collection_folder, read_pointer

NAME = "講義"


class LetterTokenizer:
    """A token a character; counts the texts that it cut."""

    def __init__(self) -> None:
        self.texts = 0

    def tokenize(self, text: str) -> list[str]:
        return list(text)

    def tokenize_many(self, texts: Sequence[str]) -> list[list[str]]:
        self.texts += len(texts)
        return [self.tokenize(text) for text in texts]


class SpaceTokenizer(LetterTokenizer):
    """A token a word between spaces."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


class LetterTokenizerSettings(ComponentSettings):
    salt: int = 0

    def build(self) -> LetterTokenizer:
        return LetterTokenizer()


class SpaceTokenizerSettings(ComponentSettings):
    words: bool = True

    def build(self) -> SpaceTokenizer:
        return SpaceTokenizer()


class FailingEmbedding(ClusteredEmbedding):
    """Raises when it comes to the text number `fail_at`, counted from 1."""

    fail_at: int = 1

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.texts_embedded + 1 == self.fail_at:
            raise RuntimeError("the model died")
        return super()._get_text_embedding(text)


@dataclass
class Shelf:
    """A home directory with one collection, and the parts to fill it."""

    home: Path
    name: str = NAME
    embed_model: ClusteredEmbedding = field(default_factory=lambda: ClusteredEmbedding())
    identity: CollectionIdentity = field(default_factory=identity)

    def ingest(self, files: dict[str, str], **options: Any) -> IngestReport:
        """Ingest files given as text by source."""
        arguments: dict[str, Any] = {
            "home": self.home,
            "name": self.name,
            "identity": self.identity,
            "node_parser": SentenceLineParser(),
            "embed_model": self.embed_model,
        }
        reads = [read_result(source, text) for source, text in files.items()]
        return ingest(reads, **{**arguments, **options})

    def open(self, exact_up_to: int = 0) -> Collection:
        return Collection(self.home, self.name, exact_up_to=exact_up_to)

    @property
    def folder(self) -> Path:
        return collection_folder(self.home, self.name)

    @property
    def generation(self) -> Path:
        pointer = read_pointer(self.folder)
        assert pointer is not None
        return self.folder / pointer.generation

    def index_state(self) -> IndexState:
        catalogue = Catalogue(self.generation / CATALOGUE, self.name)
        try:
            return catalogue.index_state()
        finally:
            catalogue.close()

    def index_folder(self) -> Path:
        return self.generation / self.index_state().folder

    def content(self) -> dict[str, list[str]]:
        """Texts of the live nodes in order, by source."""
        catalogue = Catalogue(self.generation / CATALOGUE, self.name)
        try:
            found = {}
            for row in catalogue.documents():
                document, _ = catalogue.document(row.source)
                found[row.source] = [line for line in document.text.split("\n") if line]
                assert len(found[row.source]) == row.nodes
            return found
        finally:
            catalogue.close()


def assert_searches_exactly(
    shelf: Shelf, files: dict[str, str], through_index: bool, every: int = 1
) -> None:
    """Every line of `files` is found by its own vector, and nothing else is ever found.

    `every` 5 searches a fifth of the lines only.
    """
    lines = {(source, line) for source, text in files.items() for line in text.split("\n") if line}
    with shelf.open() as collection:
        for source, line in sorted(lines)[::every]:
            hits = collection.search_vectors(clustered_vector(line), 10)
            nodes = collection.nodes([node_id for node_id, _ in hits])
            assert len({node.node_id for node in nodes}) == len(nodes)
            texts = {(str(node.metadata["source"]), node.text) for node in nodes}
            assert texts <= lines
            assert (source, line) in texts
        if lines:
            assert collection.searches_through_index == through_index
    assert shelf.content() == {
        source: [line for line in text.split("\n") if line] for source, text in files.items()
    }
