"""Stretches that two long texts share: found where they are, and nowhere else."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from rapidfuzz.distance import LCSseq

from storage.recordings.matching import Run, matching_stretches

JAPANESE = "".join(chr(code) for code in [*range(0x3042, 0x3094), *range(0x4E00, 0x4E80)])
LATIN = "abcdefghijklmnopqrstuvwxyz"


def speech(length: int, seed: int, letters: str = JAPANESE) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice(letters) for _ in range(length))


def misheard(text: str, share: float, seed: int) -> str:
    """The text with a share of its letters replaced, dropped or followed by another one."""
    chance = random.Random(seed)
    letters = sorted(set(text))

    def heard(letter: str) -> str:
        if chance.random() >= share:
            return letter
        other = chance.choice(letters)
        return chance.choice(("", other, letter + other))

    return "".join(map(heard, text))


def check(first: str, second: str, found: list[list[Run]]) -> None:
    """What holds of any result: equal letters, in order, no letter used twice."""
    for runs in found:
        for run in runs:
            assert first[run.first : run.first_end] == second[run.second : run.second_end]
        for before, after in pairwise(runs):
            assert before.first_end <= after.first
            assert before.second_end <= after.second
    for spans in (
        sorted((runs[0].first, runs[-1].first_end) for runs in found),
        sorted((runs[0].second, runs[-1].second_end) for runs in found),
    ):
        assert all(one[1] <= two[0] for one, two in pairwise(spans))


def test_identical_copies_are_one_run() -> None:
    text = speech(3000, 1)
    assert matching_stretches(text, text) == [[Run(0, 0, 3000)]]


def test_a_part_of_a_longer_recording_is_found_at_its_place() -> None:
    part = speech(800, 2)
    long = speech(2000, 3) + part + speech(1500, 4)
    assert matching_stretches(part, long) == [[Run(0, 2000, 800)]]
    assert matching_stretches(long, part) == [[Run(2000, 0, 800)]]


@pytest.mark.parametrize("letters", [JAPANESE, LATIN])
def test_a_tenth_of_the_letters_may_be_heard_otherwise(letters: str) -> None:
    said = speech(4000, 5, letters)
    first, second = misheard(said, 0.05, 6), misheard(said, 0.05, 7)
    found = matching_stretches(first, second)
    check(first, second, found)
    assert len(found) == 1
    matched = sum(run.length for run in found[0])
    # A longest common subsequence is the most that any alignment can have.
    assert 0.99 * LCSseq.similarity(first, second) <= matched <= LCSseq.similarity(first, second)


@pytest.mark.parametrize("letters", [JAPANESE, LATIN])
def test_different_speech_has_nothing_in_common(letters: str) -> None:
    assert matching_stretches(speech(20_000, 8, letters), speech(20_000, 9, letters)) == []


def test_phrases_that_everybody_says_are_no_overlap() -> None:
    phrase = "というふうに思いますのでよろしくお願いいたします"
    first = phrase.join(speech(500, seed) for seed in range(10, 14))
    second = phrase.join(speech(700, seed) for seed in range(20, 23))
    assert matching_stretches(first, second) == []
    # Said once in each, it is shorter than what counts as the same minutes.
    assert matching_stretches(speech(500, 30) + phrase, phrase + speech(500, 31)) == []


def test_a_phrase_repeated_inside_of_one_recording_does_not_lead_astray() -> None:
    phrase = speech(30, 40)
    before, between, behind = speech(400, 41), speech(300, 42), speech(400, 43)
    first = before + phrase + between + phrase + behind
    # The second recording lacks the first time.
    second = before + between + phrase + behind
    found = matching_stretches(first, second)
    check(first, second, found)
    assert sum(run.length for runs in found for run in runs) == len(second)
    assert any(run.first <= 730 and run.first_end == len(first) for run in found[-1])


def test_what_one_recording_lacks_divides_or_is_bridged() -> None:
    one, two, lost = speech(500, 50), speech(500, 51), speech(1000, 52)
    assert matching_stretches(one + lost + two, one + two) == [
        [Run(0, 0, 500)],
        [Run(1500, 500, 500)],
    ]
    assert matching_stretches(one + lost[:100] + two, one + two) == [
        [Run(0, 0, 500), Run(600, 500, 500)]
    ]


def test_stretches_may_come_in_another_order() -> None:
    one, two = speech(500, 60), speech(600, 61)
    assert matching_stretches(one + two, two + one) == [[Run(0, 600, 500)], [Run(500, 0, 600)]]


@pytest.mark.parametrize(("first", "second"), [("", ""), ("", "あ"), ("短い", "短い")])
def test_short_and_empty_texts(first: str, second: str) -> None:
    assert matching_stretches(first, second) == []


def test_nothing_is_quadratic() -> None:
    """The goal is 20 s for 500,000 letters; a fifth of them in a fifth of the processor's time."""
    said = speech(100_000, 70)
    cases = [
        (said, misheard(said, 0.1, 71)),
        (said, said),
        (said, speech(100_000, 72)),
        ("はい" * 50_000, "はい" * 50_000),
        (speech(100_000, 73, "はい"), speech(100_000, 74, "はい")),
    ]
    for first, second in cases:
        began = time.process_time()
        check(first, second, matching_stretches(first, second))
        assert time.process_time() - began < 4
