from __future__ import annotations

from collections.abc import Sequence

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.answer import Usage
from pipelines.errors import QuestionError, StoppedError
from pipelines.llms.protocol import Completion
from pipelines.query_engines.agent.arithmetic import GRAMMAR
from pipelines.query_engines.agent.calculator import Calculator
from tests.pipelines.scripted_llm import ScriptedLLM

QUESTION = "24個入りの箱が17箱でいくつですか？"


class GrammarLLM(ScriptedLLM):
    """Can be held to a grammar; remembers which."""

    grammars: list[tuple[str, int]]

    def write_within(
        self, messages: Sequence[ChatMessage], grammar: str, max_new_tokens: int
    ) -> Completion:
        self.grammars = [(grammar, max_new_tokens)]
        self.prompts.append(self.render(messages))
        return Completion(self.answer, Usage(7, len(self.answer)))


def test_the_model_writes_and_arithmetic_answers() -> None:
    llm = GrammarLLM("24 * 17")
    pieces: list[str] = []
    answer = Calculator(llm, 48).ask(QUESTION, on_token=pieces.append)
    assert (answer.text, answer.refused) == ("24 * 17 = 408", False)
    assert answer.asked == "24 * 17"
    assert answer.usage == Usage(7, 7)
    assert pieces == ["24 * 17 = 408"]
    assert llm.grammars == [(GRAMMAR, 48)]
    assert QUESTION in answer.prompt
    assert set(answer.seconds) == {"writing an expression"}


def test_numbers_that_nobody_gave_are_refused() -> None:
    answer = Calculator(GrammarLLM("1000 / 3"), 48).ask("部分切り下げの費用はいくらですか？")
    assert answer.refused
    assert answer.text == "計算できませんでした（1000 / 3 には質問の数がありません）。"
    kanji = Calculator(GrammarLLM("480000000 / 320"), 48)
    assert not kanji.ask("四億八千万円を三百二十で割ると？").refused


def test_what_is_no_finite_decimal_is_said_to_be_rounded() -> None:
    assert Calculator(GrammarLLM("17 / 3"), 48).ask(QUESTION).text == "17 / 3 ≈ 5.66666666666667"


def test_an_expression_in_the_question_needs_no_model() -> None:
    llm = GrammarLLM("0")
    answer = Calculator(llm, 48).ask("12×34はいくつですか？")
    assert answer.text == "12*34 = 408"
    assert llm.prompts == []


@pytest.mark.parametrize("written", ["1 / 0", "24 *", "", "9 ** 9 ** 9", "答えは408です"])
def test_what_has_no_value_is_refused_and_says_why(written: str) -> None:
    pieces: list[str] = []
    answer = Calculator(GrammarLLM(written), 48).ask(QUESTION, on_token=pieces.append)
    assert answer.refused
    assert answer.text.startswith("計算できませんでした（expression: ")
    assert pieces == []


def test_a_model_that_knows_no_grammars_writes_freely() -> None:
    llm = ScriptedLLM("24 * 17")
    assert Calculator(llm, 48).ask(QUESTION).text == "24 * 17 = 408"
    assert llm.options == [{"max_new_tokens": 48, "stop": ("\n",)}]


def test_a_follow_up_is_read_with_what_was_said() -> None:
    llm = GrammarLLM("408 / 2")
    history = [
        ChatMessage(role=MessageRole.USER, content=QUESTION),
        ChatMessage(role=MessageRole.ASSISTANT, content="24 * 17 = 408"),
    ]
    Calculator(llm, 48).ask("その半分は？", history)
    assert "回答: 24 * 17 = 408" in llm.prompts[0]


def test_it_can_be_stopped_and_needs_a_question() -> None:
    with pytest.raises(StoppedError):
        Calculator(GrammarLLM("1"), 48).ask(QUESTION, cancelled=lambda: True)
    with pytest.raises(QuestionError):
        Calculator(GrammarLLM("1"), 48).ask(" ")
