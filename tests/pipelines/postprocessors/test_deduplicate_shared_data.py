"""Recordings that overlap; skipped where ../shared is absent.

The questions' evidence says which places of two recordings say the same (`evidence_any`).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from llama_index.core.schema import Document, NodeWithScore, TextNode

from evals.metrics.gold_quote import locate_quote
from pipelines.document import span
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.parts import Parts
from pipelines.postprocessors.deduplicate import DeduplicateSettings
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

SHARED = Path(__file__).resolve().parents[4] / "shared"

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not (SHARED / "qa").is_dir(), reason="../shared/qa is not there"),
]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    outcomes = read_all(find_files([SHARED / "corpora"]).files, FileReaderSettings())
    return [outcome.document for outcome in outcomes if isinstance(outcome, ReadResult)]


@pytest.fixture(scope="module")
def nodes(documents: list[Document]) -> list[TextNode]:
    return SentenceParserSettings(max_chars=300).build()(documents)  # type: ignore[return-value]


def dropped(nodes: list[TextNode]) -> list[TextNode]:
    hits = [NodeWithScore(node=node, score=1.0) for node in nodes]
    found = DeduplicateSettings(max_overlap=1).build(Parts()).postprocess_nodes(hits)
    kept = {hit.node.node_id for hit in found}
    return [node for node in nodes if node.node_id not in kept]


def holding(nodes: list[TextNode], place: tuple[int, int]) -> TextNode:
    """The node that holds most of a place."""

    def held(node: TextNode) -> int:
        return min(span(node)[1], place[1]) - max(span(node)[0], place[0])

    return max(nodes, key=held)


def test_what_another_recording_says_too_is_dropped(
    documents: list[Document], nodes: list[TextNode]
) -> None:
    texts = {document.metadata["source"]: document.text for document in documents}
    seen = 0
    for line in (SHARED / "qa" / "dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if not row["evidence_any"]:
            continue
        found: dict[str, TextNode] = {}
        for piece in row["evidence"]:
            source = piece["source"]
            own = [node for node in nodes if node.metadata["source"] == source]
            for place in locate_quote(source, texts[source], piece["quote"]).places:
                node = holding(own, place)
                found.setdefault(str(node.metadata.get("recording_id")), node)
        if len(found) < 2:
            continue
        (first, _), (_, second) = list(found.items())[:2]
        others = [node for node in nodes if node.metadata.get("recording_id") == first]
        assert dropped([*others, second])[-1:] == [second], row["id"]
        seen += 1
    assert seen >= 3


def test_a_recording_alone_repeats_nothing(nodes: list[TextNode]) -> None:
    recordings: dict[str, list[TextNode]] = {}
    for node in nodes:
        if "recording_id" in node.metadata:
            recordings.setdefault(node.metadata["recording_id"], []).append(node)
    assert len(recordings) == 4
    assert [dropped(own) for own in recordings.values()] == [[], [], [], []]
