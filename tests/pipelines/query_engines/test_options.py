from __future__ import annotations

import pytest

from pipelines.errors import ConfigError
from pipelines.query_engines.options import checked_options, split_lettered


def test_options_lose_the_space_around_them() -> None:
    assert checked_options([" 明治 ", "大正\n"]) == ["明治", "大正"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["明治"], "1 given: give 2 to 26"),
        ([str(n) for n in range(27)], "27 given"),
        (["明治", " "], "empty"),
        (["明治", "明治 "], "equal"),
    ],
)
def test_options_that_cannot_be_ranked_are_refused(options: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked_options(options)


@pytest.mark.parametrize(
    "text",
    [
        "いつ？\nA. 明治\nB. 大正",
        "いつ？\n\n(A) 明治\n(B) 大正\n",
        "いつ？\nＡ．明治\nＢ．大正",
        "いつ？\nA: 明治 \nB、大正",
    ],
)
def test_options_below_a_question_are_split_off(text: str) -> None:
    assert split_lettered(text) == ("いつ？", ["明治", "大正"])


@pytest.mark.parametrize(
    "text",
    ["いつ？", "いつ？\nA. 明治", "いつ？\nA. 明治\nC. 大正", "いつ？\nA. 明治\nB. 大正\nです", ""],
)
def test_anything_else_has_no_options(text: str) -> None:
    assert split_lettered(text) == (text, [])


def test_only_the_last_lines_are_options() -> None:
    text = "次の文の作者は？\nA. と書いた人がいる。\nA. 一郎\nB. 二郎"
    assert split_lettered(text) == ("次の文の作者は？\nA. と書いた人がいる。", ["一郎", "二郎"])
