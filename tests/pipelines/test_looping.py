from __future__ import annotations

import pytest

from pipelines.looping import looping


def distinct(count: int) -> str:
    return "".join(chr(0x4E00 + n) for n in range(count))


@pytest.mark.parametrize("piece", ["温度が上がると、", "abcd", distinct(60)])
def test_four_times_is_a_loop_and_three_times_is_none(piece: str) -> None:
    assert looping("答えは、" + piece * 4) == "答えは、" + piece
    assert looping("答えは、" + piece * 3) is None


def test_shorter_or_longer_pieces_are_not_looked_for() -> None:
    assert looping("はいは" * 4) is None
    assert looping(distinct(61) * 4) is None


def test_repetition_in_the_middle_does_not_matter() -> None:
    assert looping("と、いう。" * 4 + "終わり") is None
    assert looping("") is None
