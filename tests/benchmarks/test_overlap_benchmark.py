"""The check of which reading is better, on a transcript of two recordings."""

from __future__ import annotations

import pytest

from benchmarks.corrected_copy import Correction
from benchmarks.overlap_004 import changed, corrections_in, joined, rate
from pipelines.document import document_sections
from storage.recordings.overlap import overlaps
from tests.storage.recordings.overlapping_transcripts import OTHERWISE, overlapping


def test_corrections_of_spaces_are_none() -> None:
    text = "提 供する堰"
    corrections = [Correction(1, 2, ""), Correction(5, 6, "関")]
    assert corrections_in(text, (0, 6), corrections) == corrections[1:]
    assert corrections_in(text, (0, 5), corrections) == []


def test_a_rule_is_right_where_it_names_the_reading_with_fewer_corrections() -> None:
    document = overlapping()
    found = [
        (overlap, pair)
        for overlap in overlaps(document.text, document_sections(document))
        for pair in overlap.pairs
    ]
    # What the second recording heard otherwise is wrong in two of three places.
    corrections = []
    for number in (2, 7):
        start = document.text.index(OTHERWISE[number])
        corrections.append(Correction(start + 3, start + 4, "？"))
    assert rate(found, lambda *_: 1, corrections) == (2, 2)
    assert rate(found, lambda *_: -1, corrections) == (0, 2)
    assert rate(found, lambda *_: 0, corrections) == (1, 2)


def test_neighbours_are_joined_until_they_are_long_enough() -> None:
    document = overlapping()
    (overlap,) = overlaps(document.text, document_sections(document))
    found = [(overlap, pair) for pair in overlap.pairs]
    spans = [pair.first for _, pair in joined(found, 50)]
    assert all(end - start >= 50 for start, end in spans)
    assert spans[0][0] == overlap.pairs[0].first[0]
    assert [pair for _, pair in joined(found, 1)] == list(overlap.pairs)


def test_about_the_share_of_letters_is_changed() -> None:
    text = "あいうえお" * 2000
    assert changed(text, 0, seed=1) == text
    # Replaced, dropped and doubled alike often: the length stays within four standard deviations.
    assert len(changed(text, 0.3, seed=1)) == pytest.approx(len(text), abs=4 * 45)
