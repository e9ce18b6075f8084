from __future__ import annotations

from itertools import pairwise

import pytest

from evals.synthesis.lengths import DEFAULT, length_of, read_lengths
from pipelines.errors import ConfigError


def test_the_default_is_three_equal_shares_without_gaps() -> None:
    lengths = read_lengths(DEFAULT)
    for of_language in lengths.values():
        assert [(one.name, one.share) for one in of_language] == [
            ("short", 1.0), ("medium", 1.0), ("long", 1.0),
        ]  # fmt: skip
        for before, after in pairwise(of_language):
            assert after.low == before.high + 1


@pytest.mark.parametrize(
    ("characters", "name"),
    [(11, None), (12, "short"), (20, "short"), (21, "medium"), (60, "long"), (61, None)],
)
def test_a_question_is_in_the_bucket_of_its_characters(characters: int, name: str | None) -> None:
    length = length_of("字" * characters, read_lengths(DEFAULT)["ja"])
    assert (length.name if length else None) == name


def test_ranges_of_ones_own_hold_for_both_languages() -> None:
    lengths = read_lengths("10-25=3, 26-50=1")
    assert lengths["ja"] == lengths["en"]
    assert [(one.low, one.high, one.share) for one in lengths["ja"]] == [(10, 25, 3), (26, 50, 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tiny=1", r"--lengths: 'tiny=1': 'tiny' is no length: write NAME=SHARE,… with short, med"),
        ("short", "'short': no share over 0"),
        ("short=0", "'short=0': no share over 0"),
        ("30-20=1", "'30-20' is no length"),
        ("short=1,15-30=1", "short and 15-30 overlap"),
        ("short=1,short=2", "short and short overlap"),
        ("", "no share over 0"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_lengths(text)
