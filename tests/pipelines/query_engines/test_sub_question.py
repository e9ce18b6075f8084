from __future__ import annotations

from pipelines.prompts import REFUSAL
from pipelines.query_engines.sharing import in_turns, shared_out
from pipelines.query_engines.sub_question import SubQuestion
from pipelines.query_engines.sub_question_settings import SubQuestionSettings
from tests.pipelines.query_engines.engine_doubles import Finds, KeepsFirst, WritingLLM, node

FIRST, SECOND = node("第一案は三億円。"), node("第二案は五億円。")
BOTH = node("両案を比べた。")
PARTS = "1. 第一案は？\n2. 第二案は？"


def engine(llm: WritingLLM, retriever: Finds, **settings: float) -> SubQuestion:
    chosen = SubQuestionSettings.model_validate({"kind": "sub_question", **settings})
    return SubQuestion(chosen, llm, retriever, (("keeps_first", KeepsFirst()),))


def test_each_part_is_searched_and_one_answer_written_from_the_union() -> None:
    llm = WritingLLM(answer="第二案が高い。", writes=[PARTS])
    retriever = Finds({"第一案は？": [FIRST, BOTH], "第二案は？": [SECOND, BOTH]})
    answer = engine(llm, retriever).ask("どちらが高い？")
    assert retriever.asked == ["第一案は？", "第二案は？"]
    assert answer.retrieved == [FIRST, SECOND, BOTH]
    assert answer.stages == [("sub_questions", [FIRST, SECOND])]
    assert answer.context == [SECOND, FIRST]
    assert answer.steps == ["sub-question 1: 第一案は？", "sub-question 2: 第二案は？"]
    assert (answer.question, answer.asked) == ("どちらが高い？", "どちらが高い？")
    assert "[質問]\nどちらが高い？\n" in llm.prompts[-1]
    assert {citation.text for citation in answer.citations} <= {
        "第一案は三億円。",
        "第二案は五億円。",
    }
    assert answer.text.startswith("第二案が高い。\n「")
    assert {"writing sub-questions", "retrieving", "keeps_first"} <= set(answer.seconds)


def test_a_question_that_is_not_taken_apart_is_asked_whole() -> None:
    retriever = Finds([FIRST, BOTH])
    llm = WritingLLM(answer="三億円です。", writes=["分ける必要はありません。"])
    answer = engine(llm, retriever).ask("第一案は？")
    assert retriever.asked == ["第一案は？"]
    assert [kind for kind, _ in answer.stages] == ["keeps_first"]
    assert answer.steps == []


def test_insufficient_passages_are_refused_with_their_probability() -> None:
    llm = WritingLLM(yes=lambda _: 0.25, writes=[PARTS])
    answer = engine(llm, Finds([FIRST]), sufficient=0.5).ask("どちらが高い？")
    assert (answer.refused, answer.text, answer.sufficiency) == (True, REFUSAL, 0.25)
    assert len(llm.prompts) == 1


def test_each_search_has_its_share_and_the_rest_fills_what_is_left() -> None:
    # A passage costs its letters and "(n)\n" and "\n\n", 6 more: 10, 10, 10 and 30 of the tokens.
    a1, a2, a3 = node("あ" * 4), node("い" * 4), node("う" * 4)
    long = node("え" * 24)
    # Shares of 25: two of the first search, none of the second, whose passage is too long.
    assert shared_out([[a1, a2, a3], [long]], 50, len) == [a1, a2, long, a3]
    # Shares of 40: all.
    assert shared_out([[a1, a2, a3], [long]], 80, len) == [a1, long, a2, a3]


def test_turns_take_each_node_once() -> None:
    assert in_turns([[FIRST, BOTH], [SECOND, FIRST], []]) == [FIRST, SECOND, BOTH]
    assert in_turns([]) == []
