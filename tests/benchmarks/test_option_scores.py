from __future__ import annotations

import math

import pytest

from benchmarks.option_scores import WAYS, by_letter, by_text, mixed, row, table

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


def test_a_row_reports_both_halves_all_and_the_gain() -> None:
    """Questions 1 and 3 are odd: right, and right at the second place; 2 and 4 as well. By MAP@3
    that is (1 + 1 + 1/2 + 1/2) / 4. The base has the first alone wrong: (1 + 0 - 1 - 1) / 4."""
    probabilities = [[0.6, 0.4], [0.2, 0.8], [0.9, 0.1], [0.7, 0.3]]
    line = row("letters", probabilities, [0, 1, 1, 1], [0.0, 1.0, 1.0, 1.0], seed=0)
    cells = [cell.strip() for cell in line.strip("| ").split("|")]
    assert cells[:3] == ["letters", "0.500", "0.500 (0.00–1.00)"]
    assert cells[3].startswith("0.500 (")
    assert cells[4] == "0.750"
    assert cells[5].startswith("-0.250 [")
    assert cells[5].endswith("undecided")


def test_a_table_compares_with_three_orders_and_with_passages_where_all_have_them() -> None:
    with_passages = {"gold": 0, "closed": SCORES, "passages": SCORES}
    lines = table([with_passages, with_passages], seed=0)
    assert lines[0].endswith("all: accuracy against passages: letters, 3 orders |")
    assert len(lines) == 2 + 3 * len(WAYS)
    assert next(line for line in lines if line.startswith("| passages: letters, 3")).endswith(
        "|  |"
    )
    lines = table([with_passages, {"gold": 1, "closed": SCORES}], seed=0)
    assert lines[0].endswith("all: accuracy against closed-book: letters, 3 orders |")
    assert len(lines) == 2 + len(WAYS)
