from __future__ import annotations

from pipelines.query_engines.rewriting import rewritten_question, sub_questions
from pipelines.query_engines.wording import Wording
from tests.pipelines.query_engines.engine_doubles import Finds, WritingLLM


def wording(question: str, conversation: str = "") -> Wording:
    return Wording(question, question, Finds([]), question, conversation)


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
