from __future__ import annotations

import pytest

from pipelines.errors import YomitokiError
from pipelines.question import check_question


@pytest.mark.parametrize("question", ["堰？", "a", "7", "😀は何？", "？堰"])
def test_a_letter_or_a_digit_is_enough(question: str) -> None:
    check_question(question)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("😀🎉", "no letter"),
        ("？！…", "no letter"),
        ("__", "no letter"),
    ],
)
def test_what_says_nothing_is_refused(question: str, said: str) -> None:
    with pytest.raises(YomitokiError, match=said):
        check_question(question)
