"""Error rates and verdicts on edits, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.edit import Change
from storage.cleaning.step import CleaningStep, clean

pytest.importorskip("rapidfuzz", reason="rapidfuzz, of the dev extra, is not installed")

from benchmarks.cleaning_cer import (
    Pair,
    everything,
    letters_and_digits,
    measured,
    pair_of_passage,
    pairs_of_lines,
)

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"


class Remove:
    """Takes out every letter of a set."""

    name = "remove"

    def __init__(self, letters: str) -> None:
        self._letters = letters

    def changes(self, text: str) -> list[Change]:
        found = [place for place, letter in enumerate(text) if letter in self._letters]
        return [Change(place, place + 1, "", "test") for place in found]


# "ab xc" was said "abc": two insertions, of which the space is one. "ad" was said "ade".
PAIRS = [Pair("ab xc", "abc"), Pair("ad", "ade")]


def cleaned(steps: list[CleaningStep]) -> list[CleanedText]:
    return [clean(pair.raw, steps) for pair in PAIRS]


def test_the_error_rate_is_the_distance_over_what_was_said() -> None:
    raw = measured(PAIRS, cleaned([]), everything)
    assert (raw.distance, raw.said_chars, raw.raw_chars, raw.edits) == (3, 6, 7, 0)
    assert raw.error_rate == 3 / 6
    letters = measured(PAIRS, cleaned([]), letters_and_digits)
    assert (letters.distance, letters.said_chars, letters.raw_chars) == (2, 6, 6)


def test_an_edit_is_a_repair_a_false_correction_or_neither() -> None:
    # The space and x: repairs. a, twice: false. Without white space, the space is neither.
    full = measured(PAIRS, cleaned([Remove(" xa")]), everything)
    assert (full.repairs, full.false, full.edits) == (2, 2, 4)
    assert full.distance == 3 - 2 + 2
    assert full.per_thousand(full.false) == 1000 * 2 / 7
    letters = measured(PAIRS, cleaned([Remove(" xa")]), letters_and_digits)
    assert (letters.repairs, letters.false, letters.edits) == (1, 2, 4)


def test_letters_and_digits_are_what_is_left() -> None:
    assert letters_and_digits("GRPO は、1.5倍〜！\n") == "GRPOは15倍"


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="../shared/corpora is not there")
def test_the_pairs_are_the_raw_and_the_corrected_text() -> None:
    pairs = pairs_of_lines(CORPORA)
    raw = next(CORPORA.glob("004_*")).read_text(encoding="utf-8")
    assert "\n".join(pair.raw for pair in pairs) == raw
    assert sum(pair.raw != pair.said for pair in pairs) > 100
    passage = pair_of_passage(CORPORA)
    assert "ゲームソフトの問題" in passage.raw
    assert "スケール則の問題" in passage.said
    assert "**" not in passage.raw + passage.said
