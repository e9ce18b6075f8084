"""Letters in common, against rapidfuzz's longest common subsequence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from storage.recordings.common_letters import (
    common_letters,
    longest_increasing,
    once,
    shared_once,
)

letters = st.text("あいうえおかきく", max_size=40)


def test_grams_that_stand_once_and_those_that_do_not() -> None:
    assert once("ababc", 2) == {"ab": -1, "ba": 1, "bc": 3}
    assert once("ab", 3) == {}
    assert shared_once("xabc", once("abcab", 2), 2) == [(2, 1)], "ab stands twice in the other"


@pytest.mark.parametrize(
    ("anchors", "chain"),
    [
        ([], []),
        ([(0, 5), (1, 1), (2, 2), (3, 9), (4, 3)], [(1, 1), (2, 2), (4, 3)]),
        ([(0, 3), (1, 2), (2, 1)], [(2, 1)]),
    ],
)
def test_the_longest_chain_that_increases_in_both(
    anchors: list[tuple[int, int]], chain: list[tuple[int, int]]
) -> None:
    assert longest_increasing(anchors) == chain


@given(letters, letters)
def test_runs_are_equal_letters_in_order_and_as_many_as_there_can_be(
    first: str, second: str
) -> None:
    runs = common_letters(first, second)
    at = (0, 0)
    for i, j, length in runs:
        assert i >= at[0]
        assert j >= at[1]
        assert first[i : i + length] == second[j : j + length]
        at = (i + length, j + length)
    matched = sum(length for _, _, length in runs)
    most = int(LCSseq.similarity(first, second))
    # Ends that are alike are always taken; what is between them only if it is more than chance.
    assert matched in (most, len(_ends(first, second)))


def _ends(first: str, second: str) -> str:
    shorter = min(len(first), len(second))
    head = next((i for i in range(shorter) if first[i] != second[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if first[-1 - i] != second[-1 - i]), rest)
    return first[:head] + first[len(first) - tail :]


def test_two_sentences_about_different_things_have_nothing_in_common() -> None:
    assert common_letters("今日は河川の話をします", "強化学習の報酬を定義した") == []


def test_long_texts_are_divided_at_what_stands_once_in_each() -> None:
    # 90 different letters; the second text lacks five of them and has five others.
    first = "".join(chr(0x4E00 + i) for i in range(90))
    second = first[:20] + "あいう" + first[23:60] + "かき" + first[62:]
    matched = sum(length for _, _, length in common_letters(first, second))
    assert matched == 85 == LCSseq.similarity(first, second)
