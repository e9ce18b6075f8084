"""What must hold of a collection whose ingest was killed."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.synthetic_corpus import clustered_vector, corpus
from pipelines.document import span
from storage.catalogue import Catalogue
from storage.chroma_index import ChromaIndex, IndexUnusableError
from storage.collection import Collection
from storage.layout import CATALOGUE, collection_folder, read_pointer


@dataclass(frozen=True)
class Expected:
    """The trial whose ingest ran, the corpus's size, and what was acknowledged before the kill.

    `acknowledged` None says that the ingest ended by itself.
    """

    trial: int
    documents: int
    lines: int
    acknowledged: list[tuple[str, str]] | None


def read_and_check(home: Path, name: str, expected: Expected) -> list[str]:
    """Open the collection as any reader does and list what is wrong with it."""
    old = _texts(expected, expected.trial - 1)
    new = _texts(expected, expected.trial)
    faults: list[str] = []
    with Collection(home, name, exact_up_to=0) as collection:
        stored = _stored(home, name)
        for source, text in stored.items():
            if text not in (old.get(source), new.get(source)):
                faults.append(f"{source}: neither the old nor the new version")
        if expected.acknowledged is None:
            if stored != new:
                faults.append("not the documents of the corpus")
        else:
            for stage, source in expected.acknowledged:
                if stage == "stored" and stored.get(source) != new[source]:
                    faults.append(f"{source}: acknowledged and lost")
                if stage == "removed" and source in stored:
                    faults.append(f"{source}: acknowledged as removed and still there")
            lost = (old.keys() & new.keys()) - stored.keys()
            faults += [f"{source}: lost" for source in lost]
        faults += _search_faults(collection, stored)
        if not collection.searches_through_index:
            faults.append("searched without the index")
    return faults


def compare(home: Path, clean: Path, name: str) -> list[str]:
    """Differences from a collection that was ingested once, without a kill."""
    if _stored(home, name) != _stored(clean, name):
        return ["other documents than after a clean run"]
    texts = sorted({line for text in _stored(clean, name).values() for line in text.split("\n")})
    faults = []
    with (
        Collection(home, name, exact_up_to=0) as killed,
        Collection(clean, name, exact_up_to=0) as other,
    ):
        for line in texts[::7]:
            vector = clustered_vector(line)
            if killed.search_vectors(vector, 10) != other.search_vectors(vector, 10):
                faults.append(f"other search results than after a clean run: {line}")
    return faults


def raw_chroma(home: Path, name: str) -> str:
    """How Chroma alone fares on what the kill left: "fine", "unusable" or "misses nodes".

    It misses nodes when more than 1 % of those that it says it holds are not found by their own
    vector.
    """
    folder = collection_folder(home, name)
    pointer = read_pointer(folder)
    assert pointer is not None
    generation = folder / pointer.generation
    catalogue = Catalogue(generation / CATALOGUE, name)
    with tempfile.TemporaryDirectory(prefix="yomitoki-kill-raw-") as copy:
        for left in generation.glob("chroma-*"):
            shutil.copytree(left, Path(copy) / left.name)
            try:
                index = ChromaIndex(Path(copy) / left.name, catalogue.catalogue_id())
                vectors = catalogue.vectors(catalogue.searched())
                present = index.present(list(vectors))
                some = [node_id for node_id in vectors if node_id in present]
                answers = index.query(np.stack([vectors[node_id] for node_id in some]), 10)
            except IndexUnusableError:
                return "unusable"
            missed = sum(
                node_id not in {hit for hit, _ in hits}
                for node_id, hits in zip(some, answers, strict=True)
            )
            index.close()
            if missed > 0.01 * len(some):
                return "misses nodes"
    return "fine"


def _search_faults(collection: Collection, stored: dict[str, str]) -> list[str]:
    faults: list[str] = []
    spans: Counter[tuple[str, int, int]] = Counter()
    found: set[str] = set()
    lines = [(source, line) for source, text in stored.items() for line in text.split("\n")]
    for source, line in lines:
        hits = collection.search_vectors(clustered_vector(line), 10)
        nodes = collection.nodes([node_id for node_id, _ in hits])
        if (source, line) not in {(node.metadata["source"], node.text) for node in nodes}:
            faults.append(f"{source}: a node is not found by its own vector")
        for node in nodes:
            start, end = span(node)
            text = stored.get(str(node.metadata["source"]), "")
            if text[start:end] != node.text:
                faults.append(f"{node.metadata['source']}: a node that is not in its document")
            if node.node_id not in found:
                found.add(node.node_id)
                spans[(str(node.metadata["source"]), start, end)] += 1
    faults += [f"{place[0]}: a node twice" for place, count in spans.items() if count > 1]
    _, nodes_held, searched = collection.counts()
    if not nodes_held == searched == len(lines):
        faults.append(f"{nodes_held} nodes held, {searched} searched, {len(lines)} expected")
    return faults


def _stored(home: Path, name: str) -> dict[str, str]:
    folder = collection_folder(home, name)
    pointer = read_pointer(folder)
    assert pointer is not None
    catalogue = Catalogue(folder / pointer.generation / CATALOGUE, name)
    try:
        return {source: catalogue.document(source)[0].text for source in catalogue.files()}
    finally:
        catalogue.close()


def _texts(expected: Expected, trial: int) -> dict[str, str]:
    reads = corpus(expected.documents, expected.lines, revision=trial, first=trial)
    return {read.source: read.document.text for read in reads}
