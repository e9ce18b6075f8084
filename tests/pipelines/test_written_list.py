from __future__ import annotations

import pytest

from pipelines.written_list import read_list, says_something

TWO = ["堰の高さは？", "堰は何メートル？"]


@pytest.mark.parametrize(
    "text",
    [
        "1. 費用は？\n2. 時期は？",
        "1) 費用は？\n2) 時期は？",
        "（１）費用は？\n（２）時期は？",
        "①費用は？\n②時期は？",
        "- 費用は？\n- 時期は？",
        "・費用は？\n・時期は？",
        "質問1：費用は？\n質問2：時期は？",
        "Q1. 費用は？\nQ2. 時期は？",
        "**1. 費用は？**\n**2. 時期は？**",
        "1 費用は？\n2 時期は？",
        "次のように分けます：\n\n１．費用は？\n\n２．時期は？\n\n以上です。",
        "1. 費用は？\n1. 費用は？\n2. 時期は？\n3.",
    ],
)
def test_a_list_is_read_however_it_is_numbered(text: str) -> None:
    assert read_list(text) == ["費用は？", "時期は？"]


@pytest.mark.parametrize(
    "text", ["", "費用は高い", "1.5倍になった。", "10月の会議", "1.", "- ", "・？"]
)
def test_what_is_no_list_has_no_items(text: str) -> None:
    assert read_list(text) == []


@pytest.mark.parametrize(
    "text", ["費用は？", "1.5倍になったのはなぜ？", "10月の会議は？", "2024年の費用は？"]
)
def test_a_number_in_a_question_is_no_mark(text: str) -> None:
    assert read_list(text) == [text]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1. 堰の高さは？\n2. 堰は何メートル？", TWO),
        (
            "以下の通りです：\n\n１．堰の高さは？\n２）「堰は何メートル？」",
            TWO,
        ),
        ("① 堰の高さは？\n② 堰は何メートル？", TWO),
        (
            "- How high is it?\n* **What is its height?**",
            ["How high is it?", "What is its height?"],
        ),
        ("**1.** How high?\n(2) Its height?", ["How high?", "Its height?"]),
        ("1. 言い換え1: 堰の高さは？", ["堰の高さは？"]),
        ("堰の高さは？\n堰は何メートル？", TWO),
        ("1. 「堰」と「魚道」の高さは？", ["「堰」と「魚道」の高さは？"]),
        ("1.5Bのモデルは？", ["1.5Bのモデルは？"]),
        ("堰は二メートルです。", []),
        (f"1. {'長' * 201}\n2. 短い？", ["短い？"]),
        ("1. Q&Aはどこ？\n2. 質問はどこで受ける？", ["Q&Aはどこ？", "質問はどこで受ける？"]),
    ],
)
def test_lists_as_models_write_them(text: str, items: list[str]) -> None:
    assert read_list(text) == items


@pytest.mark.parametrize(
    ("text", "said"), [("", False), ("？！ _", False), ("堰", True), ("7", True)]
)
def test_a_letter_or_a_digit_says_something(text: str, said: bool) -> None:
    assert says_something(text) is said
