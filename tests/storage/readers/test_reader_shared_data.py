"""The readers on files that nobody here wrote; skipped where ../shared is absent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.odd_inputs import contradictions, outcome_name
from pipelines.document import document_sections
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadOutcome, ReadResult
from storage.readers.settings import FileReaderSettings

SHARED = Path(__file__).resolve().parents[4] / "shared"
ODD_INPUTS = SHARED / "data" / "odd_inputs"
CORPORA = SHARED / "corpora"

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not ODD_INPUTS.is_dir(), reason="../shared/data/odd_inputs is not there"),
]


def read(folder: Path) -> dict[str, ReadOutcome]:
    files = find_files([folder]).files
    return {outcome.source: outcome for outcome in read_all(files, FileReaderSettings())}


@pytest.fixture(scope="module")
def odd() -> dict[str, ReadOutcome]:
    return read(ODD_INPUTS)


def test_every_odd_file_has_an_outcome_within_the_limits(odd: dict[str, ReadOutcome]) -> None:
    assert len(odd) == 156
    assert all(outcome.seconds < 65 for outcome in odd.values() if hasattr(outcome, "seconds"))
    assert Counter(map(outcome_name, odd.values()))["decoded"] >= 100


def test_no_outcome_contradicts_what_is_known_of_the_file(odd: dict[str, ReadOutcome]) -> None:
    assert contradictions(ODD_INPUTS, odd) == []


def test_spans_of_all_documents_are_in_order(odd: dict[str, ReadOutcome]) -> None:
    for outcome in [*odd.values(), *read(CORPORA).values()]:
        if isinstance(outcome, ReadResult):
            position = 0
            for section in document_sections(outcome.document):
                assert position <= section.start_char < section.end_char, outcome.source
                position = section.end_char
            assert position <= len(outcome.document.text)


def test_the_corpora_are_the_decoded_files() -> None:
    for source, outcome in read(CORPORA).items():
        assert isinstance(outcome, ReadResult)
        assert outcome.document.text.encode() == (CORPORA / source).read_bytes()


def test_the_recorded_lecture() -> None:
    """Counted in the file itself: 4 recordings, 406 turns of which 51 say nothing, 65 slides."""
    found = {source[:3]: outcome for source, outcome in read(CORPORA).items()}
    lecture, slides, article = found["004"], found["002"], found["003"]
    assert isinstance(lecture, ReadResult)
    assert isinstance(slides, ReadResult)
    assert isinstance(article, ReadResult)
    sections = [s.metadata for s in document_sections(lecture.document)]
    assert sum("speaker" in metadata for metadata in sections) == 406 - 51
    headers = [m for m in sections if "recording" in m and "speaker" not in m]
    assert [m["recorded_at"][11:] for m in headers] == [
        "13:34:18",
        "13:54:34",
        "14:10:10",
        "15:19:25",
    ]
    assert len({m["recording_id"] for m in headers}) == 4
    assert [s.metadata["page"] for s in document_sections(slides.document)] == list(range(1, 66))
    assert document_sections(article.document) == []  # its "#" lines are comments of code
