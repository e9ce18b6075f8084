from __future__ import annotations

import pytest

from pipelines.query_engines.rewriting import read_list, rewritten_question, sub_questions
from pipelines.query_engines.wording import Wording
from tests.pipelines.query_engines.engine_doubles import Finds, WritingLLM


def wording(question: str, conversation: str = "") -> Wording:
    return Wording(question, question, Finds([]), question, conversation)


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
    "text", ["", "費用は？", "1.5倍になったのはなぜ？", "10月の会議は？", "2024年の費用は？", "1."]
)
def test_what_is_no_list_has_no_items(text: str) -> None:
    assert read_list(text) == []


def test_no_more_sub_questions_than_asked_for_and_never_one() -> None:
    three = WritingLLM(answer="1. あ？\n2. い？\n3. う？")
    assert sub_questions(three, wording("何？"), 2) == ["あ？", "い？"]
    assert "2個" in three.prompts[0]
    assert sub_questions(WritingLLM(answer="1. あ？"), wording("何？"), 2) == []
    assert sub_questions(WritingLLM(answer="分けられません"), wording("何？"), 2) == []


def test_the_conversation_stands_before_the_question() -> None:
    llm = WritingLLM(answer="別の問い？")
    assert rewritten_question(llm, wording("費用は？", "[会話]\n")) == "別の問い？"
    assert llm.prompts[0].endswith("user: [会話]\n質問: 費用は？")
