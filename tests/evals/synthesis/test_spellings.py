from __future__ import annotations

import pytest

from evals.synthesis.spellings import folded, spellings


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("部分切り下げ", ["部分切り下げ"]),
        ("三十一人", ["三十一人", "31人"]),
        ("二万三千七百匹", ["二万三千七百匹", "23700匹", "2万3700匹", "23,700匹"]),
        ("千九百五十九年", ["千九百五十九年", "1959年"]),
        ("十一。六キロ", ["十一。六キロ", "11.6キロ"]),
        ("3,000円", ["3,000円"]),
        ("二ノ柳堰", ["二ノ柳堰"]),
    ],
)
def test_numbers_may_be_written_in_digits(answer: str, expected: list[str]) -> None:
    assert list(spellings(answer)) == expected


def test_spellings_of_one_answer_fold_to_the_same() -> None:
    assert folded("二万三千七百匹") == folded("23,700 匹") == folded("２３７００匹。")
    assert folded("三十一人") != folded("三十人")
