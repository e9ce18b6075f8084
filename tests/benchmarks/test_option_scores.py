from __future__ import annotations

import math

import pytest

from benchmarks.option_scores import by_letter, by_text, mixed, row

# Two options: the letters prefer whatever stands first, and the first option a little.
SCORES = {
    "orders": [[0.9, 0.1], [0.3, 0.7]],
    "texts": [[-4.0, 2, -1.0], [-6.0, 6, -5.0]],
    "characters": [2, 4],
}


def test_letters_are_averaged_over_orders() -> None:
    assert by_letter(1)(SCORES) == pytest.approx([0.9, 0.1])
    assert by_letter(2)(SCORES) == pytest.approx([0.6, 0.4])
    assert by_letter(26)(SCORES) == pytest.approx([0.6, 0.4]), "as many orders as there are"


@pytest.mark.parametrize(
    ("option_score", "first", "second"),
    [
        ("per_token", -4 / 2, -6 / 6),
        ("per_character", -4 / 2, -6 / 4),
        ("pmi", -4 + 1, -6 + 5),
    ],
)
def test_texts_by_each_score(option_score: str, first: float, second: float) -> None:
    share = math.exp(first) / (math.exp(first) + math.exp(second))
    assert by_text(option_score)(SCORES) == pytest.approx([share, 1 - share])


def test_two_ways_are_averaged() -> None:
    way = mixed(by_letter(1), by_letter(2), 0.75)
    assert way(SCORES) == pytest.approx([0.75 * 0.9 + 0.25 * 0.6, 0.75 * 0.1 + 0.25 * 0.4])


def test_a_row_reports_both_halves() -> None:
    """Questions 1 and 3 are odd: right, wrong. 2 and 4: right, and right at the second place."""
    probabilities = [[0.6, 0.4], [0.2, 0.8], [0.9, 0.1], [0.7, 0.3]]
    line = row("letters", probabilities, [0, 1, 1, 1], seed=0)
    assert line == "| letters | 0.500 | 0.500 (0.00–1.00) | 0.750 |"
