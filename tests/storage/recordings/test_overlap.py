"""Recordings aligned sentence by sentence; a small transcript by hand, and the real one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from rapidfuzz.distance import LCSseq

from pipelines.document import document_sections
from storage.readers.discovery import find_files
from storage.readers.reader import read_file
from storage.readers.results import ReadResult
from storage.readers.settings import ReaderSettings
from storage.recordings.overlap import Overlap, overlaps
from tests.storage.recordings.overlapping_transcripts import (
    OTHERWISE,
    SAID,
    overlapping,
    transcript,
)

ROOT = Path(__file__).resolve().parents[3]
CORPORA = ROOT.parent / "shared" / "corpora"


@pytest.fixture(scope="module")
def overlap() -> Overlap:
    document = overlapping()
    (found,) = overlaps(document.text, document_sections(document))
    return found


def test_each_sentence_meets_its_other_reading(overlap: Overlap) -> None:
    text = overlap.first.document
    assert [(text[slice(*pair.first)], text[slice(*pair.second)]) for pair in overlap.pairs] == [
        (SAID[number], OTHERWISE.get(number, SAID[number])) for number in range(2, 9)
    ]


def test_similarity_is_twice_the_letters_in_common_over_all(overlap: Overlap) -> None:
    for pair in overlap.pairs:
        first, second = (
            "".join(filter(str.isalnum, side.spoken(*span)))
            for side, span in ((overlap.first, pair.first), (overlap.second, pair.second))
        )
        expected = 2 * LCSseq.similarity(first, second) / (len(first) + len(second))
        assert pair.similarity == pytest.approx(expected)


def test_the_letters_that_only_one_reading_has(overlap: Overlap) -> None:
    text = overlap.first.document
    unlike = [
        tuple("".join(text[place] for place in sorted(places)) for places in overlap.unlike(pair))
        for pair in overlap.pairs
    ]
    # 低くした切り… / 低くし 切り…, ました / また; アユ / 鮎; あとに / あと, 形 / 型.
    assert unlike == [
        ("たし", ""),
        ("", ""),
        ("アユ", "鮎"),
        ("", ""),
        ("", ""),
        ("に形", "型"),
        ("", ""),
    ]


def test_the_reading_that_lost_letters_is_the_worse_one(overlap: Overlap) -> None:
    assert [overlap.compared(pair) for pair in overlap.pairs] == [1, 0, 1, 0, 0, 1, 0]
    back = overlap.swapped()
    assert [back.compared(pair) for pair in back.pairs] == [-1, 0, -1, 0, 0, -1, 0]


def test_any_span_has_its_other_reading(overlap: Overlap) -> None:
    text = overlap.first.document
    start = text.index(SAID[4])
    pair = overlap.other_span(start, text.index(SAID[5]) + len(SAID[5]))
    assert pair is not None
    assert overlap.second.spoken(*pair.second) == OTHERWISE[4] + SAID[5]
    assert overlap.other_span(0, text.index(SAID[1])) is None, "before the overlap"
    # Inside of a sentence, the letters that are there.
    cut = overlap.other_span(start, start + len("その結果アユの"))
    assert cut is not None
    assert text[slice(*cut.second)] == "その結果鮎の"


def test_times_are_those_of_each_recording(overlap: Overlap) -> None:
    first, second = overlap.spans
    # Sentence 2 is the last third or so of A's turn; sentence 8 ends B's.
    assert overlap.first.times(*first)[1] == 90
    assert overlap.second.times(*second)[0] == 0
    lengths = [len(said) for said in SAID[:3]]
    assert overlap.first.times(*first)[0] == pytest.approx(30 * sum(lengths[:2]) / sum(lengths))
    assert overlap.first.speakers(*first) == ["A", "B"]


def test_a_sentence_that_one_has_not_heard_has_no_pair() -> None:
    document = transcript(
        ("一", "a1b2c3d4", [("A", 0, 90, "".join(SAID))]),
        ("二", "e5f6a7b8", [("A", 0, 90, "".join([*SAID[:5], *SAID[6:]]))]),
    )
    (found,) = overlaps(document.text, document_sections(document))
    said = [document.text[slice(*pair.first)] for pair in found.pairs]
    assert said == [*SAID[:5], *SAID[6:]]
    assert [pair.similarity for pair in found.pairs] == [1.0] * 11


def test_one_recording_or_none_in_common() -> None:
    alone = transcript(("一", "a1b2c3d4", [("A", 0, 90, "".join(SAID)), ("B", 90, 91, "はい")]))
    assert overlaps(alone.text, document_sections(alone)) == []
    apart = transcript(
        ("一", "a1b2c3d4", [("A", 0, 90, "".join(SAID[:6]))]),
        ("二", "e5f6a7b8", [("A", 0, 90, "".join(SAID[6:]))]),
    )
    assert overlaps(apart.text, document_sections(apart)) == []


def test_latin_speech() -> None:
    said = [
        "The weir was cut down by sixty centimetres in the spring.",
        "Gravel moved downstream and the riffles came back quickly.",
        "Farmers were afraid that their intake would fall dry.",
        "After two years of talks the village agreed to the work.",
    ]
    heard = [
        said[0].replace("weir", "where"),
        said[1],
        said[2].replace("intake", "in take"),
        said[3],
    ]
    document = transcript(
        ("one", "a1b2c3d4", [("A", 0, 40, " ".join(said))]),
        ("two", "e5f6a7b8", [("A", 0, 40, " ".join(heard))]),
    )
    (found,) = overlaps(document.text, document_sections(document))
    assert [document.text[slice(*pair.second)] for pair in found.pairs] == heard


def _lectures() -> list[Path]:
    sample = ROOT / "samples" / "lecture" / "lecture.md"
    return [sample, *CORPORA.glob("004_*")]


@pytest.mark.parametrize("name", ["lecture.md", "004_"])
def test_real_lectures(name: str) -> None:
    """Spans in order and exact, similar throughout; the last letters heard twice are found, too."""
    path = next((one for one in _lectures() if one.name.startswith(name)), None)
    if path is None:
        pytest.skip("../shared/corpora is not there")
    read = read_file(find_files([path]).files[0], ReaderSettings())
    assert isinstance(read, ReadResult)
    text = read.document.text
    found = overlaps(text, document_sections(read.document))
    assert len(found) == (1 if name == "lecture.md" else 3)
    for overlap in found:
        assert overlap.similarity > 0.9
        for side in ("first", "second"):
            spans = [getattr(pair, side) for pair in overlap.pairs]
            assert all(start < end for start, end in spans)
            assert all(before[1] <= after[0] for before, after in pairwise(spans))
        # What is called similar is so by another measure, on the text between the spans' ends.
        for pair in overlap.pairs:
            readings = [
                "".join(filter(str.isalnum, side.spoken(*span))).casefold()
                for side, span in ((overlap.first, pair.first), (overlap.second, pair.second))
            ]
            most = 2 * LCSseq.similarity(*readings) / sum(map(len, readings))
            assert most - 0.12 <= pair.similarity <= most + 0.01
