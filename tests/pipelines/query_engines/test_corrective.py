from __future__ import annotations

import pytest

from pipelines.errors import StoppedError
from pipelines.prompts import REFUSAL
from pipelines.query_engines.corrective import Corrective
from pipelines.query_engines.corrective_settings import CorrectiveSettings
from tests.pipelines.query_engines.engine_doubles import Drops, Finds, WritingLLM, node

QUESTION, REWRITTEN = "堰はいつ？", "堰の改修が終わる時期は？"
GOOD, BAD = node("堰の改修は三月に終わる。"), node("昼食はうどんだった。")


def judge(prompt: str) -> float:
    """The passages hold the answer if they speak of March."""
    return 0.9 if "三月" in prompt else 0.2


def engine(
    llm: WritingLLM,
    retriever: Finds,
    fallback: Finds | None = None,
    sufficient: float = 0.5,
    postprocessors: tuple[tuple[str, Drops], ...] = (),
) -> Corrective:
    settings = CorrectiveSettings(kind="corrective", sufficient=sufficient, quote=False)
    return Corrective(settings, llm, retriever, postprocessors, fallback)


def test_good_passages_are_answered_from_at_once() -> None:
    llm = WritingLLM(answer="三月です。", yes=judge)
    answer = engine(llm, Finds([GOOD])).ask(QUESTION)
    assert (answer.text, answer.refused, answer.sufficiency) == ("三月です。", False, 0.9)
    assert answer.steps == ["searched '堰はいつ？': sufficient (0.90)"]
    assert len(llm.prompts) == 1


def test_poor_passages_are_searched_for_again_in_other_words() -> None:
    llm = WritingLLM(answer="三月です。", yes=judge, writes=[REWRITTEN])
    retriever = Finds({QUESTION: [BAD], REWRITTEN: [GOOD]})
    stages: list[str] = []
    answer = engine(llm, retriever).ask(QUESTION, on_stage=stages.append)
    assert retriever.asked == [QUESTION, REWRITTEN]
    assert (answer.text, answer.question, answer.asked) == ("三月です。", QUESTION, REWRITTEN)
    assert (answer.retrieved, answer.context) == ([GOOD], [GOOD])
    assert answer.steps == [
        "searched '堰はいつ？': insufficient (0.20)",
        "rewritten to '堰の改修が終わる時期は？': sufficient (0.90)",
    ]
    assert stages == [
        "retrieving",
        "checking the passages",
        "rewriting the query",
        "retrieving",
        "checking the passages",
        "answering",
    ]
    # What was asked is answered, not what the model made of it.
    assert f"[質問]\n{QUESTION}\n" in llm.prompts[-1]
    assert f"[質問]\n{QUESTION}\n" in llm.judged[-1]


def test_the_fallback_is_asked_last_with_the_question_itself() -> None:
    llm = WritingLLM(answer="三月です。", yes=judge, writes=[REWRITTEN])
    retriever, fallback = Finds([BAD]), Finds([GOOD])
    dropping = (("drops", Drops()),)
    answer = engine(llm, retriever, fallback, postprocessors=dropping).ask(QUESTION)
    assert (retriever.asked, fallback.asked) == ([QUESTION, REWRITTEN], [QUESTION])
    assert not answer.refused
    assert answer.stages == []  # the pipeline's postprocessors would drop these too
    assert answer.steps == [
        "searched '堰はいつ？': no passages",
        "rewritten to '堰の改修が終わる時期は？': no passages",
        "fallback: sufficient (0.90)",
    ]


def test_what_is_never_enough_is_refused() -> None:
    llm = WritingLLM(yes=judge, writes=[REWRITTEN])
    answer = engine(llm, Finds([BAD]), Finds([])).ask(QUESTION)
    assert (answer.refused, answer.text) == (True, REFUSAL)
    assert answer.steps[-2:] == ["fallback: no passages", "refused"]
    assert len(llm.prompts) == 1, "only the rewriting"


def test_postprocessors_judge_for_the_question_as_it_was_put() -> None:
    llm = WritingLLM(answer="三月です。", yes=judge, writes=[REWRITTEN])
    dropping = Drops()
    engine(llm, Finds([GOOD]), postprocessors=(("drops", dropping),)).ask(QUESTION)
    assert dropping.asked == [QUESTION, QUESTION]


@pytest.mark.parametrize("written", [QUESTION, "", "。"])
def test_a_question_that_was_not_rewritten_is_not_searched_again(written: str) -> None:
    retriever = Finds([BAD])
    answer = engine(WritingLLM(yes=judge, writes=[written]), retriever).ask(QUESTION)
    assert retriever.asked == [QUESTION]
    assert answer.refused


def test_without_a_threshold_only_nothing_is_not_enough() -> None:
    llm = WritingLLM(answer="うどんです。", yes=judge)
    answer = engine(llm, Finds([BAD]), sufficient=0).ask(QUESTION)
    assert answer.text == "うどんです。"
    assert answer.steps == ["searched '堰はいつ？': passages, not checked"]
    assert llm.judged == []


def test_cancelling_between_steps_stops() -> None:
    llm = WritingLLM(yes=judge, writes=[REWRITTEN])
    with pytest.raises(StoppedError):
        engine(llm, Finds([BAD])).ask(QUESTION, cancelled=lambda: bool(llm.judged))
    assert llm.prompts == []
