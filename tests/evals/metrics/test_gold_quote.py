from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.gold_quote import GoldQuote, locate_quote, quote_ranks

SHARED = Path(__file__).resolve().parents[4] / "shared"


def quote(start: int, end: int, source: str = "a") -> GoldQuote:
    return GoldQuote(source, ((start, end),))


def test_a_quote_is_found_whatever_its_white_space() -> None:
    text = "前文。\nこの 引用\nです。後文。"
    assert locate_quote("a", text, "この引用 です。").places == ((4, 13),)
    assert text[4:13] == "この 引用\nです。"


def test_every_place_of_a_quote_counts() -> None:
    assert locate_quote("a", "はい。はい。", "はい。").places == ((0, 3), (3, 6))
    assert locate_quote("a", "ああああ", "ああ").places == ((0, 2), (1, 3), (2, 4))


def test_a_quote_that_is_not_there_or_blank_is_an_error() -> None:
    with pytest.raises(ValueError, match="quote not found"):
        locate_quote("a", "本文", "別の文")
    with pytest.raises(ValueError, match="blank"):
        locate_quote("a", "本文", " ")


def test_a_quote_is_found_at_the_rank_where_four_fifths_are_covered() -> None:
    # Ten characters 10-20: rank 1 covers 10-14, rank 2 another source, rank 3 adds 14-18: 8 of 10.
    ranking = [("a", 0, 14), ("b", 10, 20), ("a", 14, 18), ("a", 18, 30)]
    assert quote_ranks(ranking, [quote(10, 20)]) == [3]
    assert quote_ranks(ranking, [quote(10, 20)], share=0.4) == [1]
    assert quote_ranks(ranking, [quote(10, 20)], share=1.0) == [4]
    assert quote_ranks(ranking[:2], [quote(10, 20)]) == [None]


def test_overlapping_spans_count_once() -> None:
    # 10-14 twice is 4 of 10 characters, not 8.
    assert quote_ranks([("a", 10, 14), ("a", 10, 14)], [quote(10, 20)]) == [None]
    assert quote_ranks([("a", 10, 16), ("a", 0, 12), ("a", 15, 18)], [quote(10, 20)]) == [3]


def test_any_place_will_do_but_places_are_not_added_up() -> None:
    twice = GoldQuote("a", ((0, 10), (100, 110)))
    assert quote_ranks([("a", 100, 110)], [twice]) == [1]
    assert quote_ranks([("a", 0, 5), ("a", 100, 105)], [twice]) == [None]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=8),
    st.integers(0, 50),
    st.integers(1, 20),
)
def test_ranks_agree_with_counting_characters(
    spans: list[tuple[int, int]], start: int, length: int
) -> None:
    gold = set(range(start, start + length))
    seen: set[int] = set()
    expected = None
    for rank, (at, size) in enumerate(spans, 1):
        seen |= gold & set(range(at, at + size))
        if expected is None and len(seen) >= 0.8 * length:
            expected = rank
    ranking = [("a", at, at + size) for at, size in spans]
    assert quote_ranks(ranking, [quote(start, start + length)]) == [expected]


@pytest.mark.corpora
def test_every_evidence_quote_is_found_in_its_document() -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared is absent")
    lines = (SHARED / "qa" / "dev.jsonl").read_text("utf-8").splitlines()
    evidence = [piece for line in lines for piece in json.loads(line)["evidence"]]
    assert len(evidence) > 45
    for piece in evidence:
        text = (SHARED / "corpora" / piece["source"]).read_text("utf-8")
        places = locate_quote(piece["source"], text, piece["quote"]).places
        assert all(text[s:e].split() and text[s] == piece["quote"].strip()[0] for s, e in places)
