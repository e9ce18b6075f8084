from __future__ import annotations

import pytest

from pipelines.errors import YomitokiError
from pipelines.query_engines.follow_up import FollowUp
from pipelines.query_engines.standalone import standalone_question
from tests.pipelines.scripted_llm import ScriptedLLM

FOLLOW_UP = FollowUp("費用は？", "堰はどの案になった？", "第二案です。")


def test_model_reads_the_turn_and_its_text_is_the_question() -> None:
    llm = ScriptedLLM(answer=" 第二案の費用は？ ")
    assert standalone_question(llm, FOLLOW_UP) == "第二案の費用は？"
    assert llm.prompts[0].endswith(
        "user: 質問: 堰はどの案になった？\n回答: 第二案です。\n最後の質問: 費用は？"
    )
    assert llm.options[0]["stop"] == ("\n",)


@pytest.mark.parametrize("written", ["", FOLLOW_UP.before, FOLLOW_UP.answer])
def test_nothing_new_falls_back_to_the_question(written: str) -> None:
    assert standalone_question(ScriptedLLM(answer=written), FOLLOW_UP) == "費用は？"


def test_failed_generation_is_an_error() -> None:
    with pytest.raises(YomitokiError, match="out of memory"):
        standalone_question(ScriptedLLM(fails="out of memory"), FOLLOW_UP)
