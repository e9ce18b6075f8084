"""A corrected copy and its quotes, by hand."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.corrected_copy import (
    Correction,
    corrected,
    corrected_quote,
    place_of,
    read_corrections,
    write_copy,
)

SHARED = Path(__file__).resolve().parents[3] / "shared"
RAW = "教科学習では 報酬をを定義します。次回も。"
#      0123456789
FIXES = [Correction(0, 2, "強化"), Correction(6, 7, ""), Correction(9, 11, "を")]
AFTER = "強化学習では報酬を定義します。次回も。"


def test_every_correction_is_made() -> None:
    assert corrected(RAW, FIXES) == AFTER
    assert corrected(RAW, []) == RAW


@pytest.mark.parametrize(
    ("offset", "ends", "place"),
    [(0, False, 0), (1, False, 0), (1, True, 2), (2, True, 2), (7, False, 6), (10, True, 9)],
)
def test_a_place_moves_with_what_stands_before_it(offset: int, ends: bool, place: int) -> None:
    assert place_of(offset, FIXES, ends) == place


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("教科学習", "強化学習"),
        ("科学", "強化学"),
        ("報酬をを定義", "報酬を定義"),
        ("次回も。", "次回も。"),
    ],
)
def test_a_quote_is_what_stands_in_its_place(quote: str, expected: str) -> None:
    assert corrected_quote(quote, RAW, FIXES, AFTER) == expected


def test_the_shipped_corrections_are_in_order_and_do_not_overlap() -> None:
    corrections = read_corrections()
    assert len(corrections) > 1000
    assert all(one.start <= one.end for one in corrections)
    assert all(a.end <= b.start for a, b in pairwise(corrections))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not there")
def test_quotes_of_the_corrected_lecture_stand_in_it(tmp_path: Path) -> None:
    write_copy(SHARED / "corpora", SHARED / "qa" / "dev.jsonl", tmp_path)
    transcript = next((SHARED / "corpora").glob("004_*"))
    text = (tmp_path / "corpora" / transcript.name).read_text(encoding="utf-8")
    lines = (tmp_path / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = [piece for line in lines for piece in json.loads(line).get("evidence", [])]
    quotes = [piece["quote"] for piece in pieces if piece["source"] == transcript.name]
    assert quotes
    assert all(quote in text for quote in quotes)
    # The headings, times and speakers stay.
    marks = [line for line in transcript.read_text("utf-8").splitlines() if line.startswith("🎤")]
    assert [line for line in text.splitlines() if line.startswith("🎤")] == marks
