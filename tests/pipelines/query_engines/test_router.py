from __future__ import annotations

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import ValidationError

from pipelines.errors import YomitokiError
from pipelines.parts import Parts
from pipelines.query_engines.router import Router
from pipelines.query_engines.router_settings import RouterSettings
from tests.pipelines.query_engines.engine_doubles import (
    ChoosingLLM,
    Drops,
    Finds,
    KeepsFirst,
    node,
)

NODES = [node("会議は三月に開かれた。"), node("昼食はうどんだった。")]


def settings(**changes: object) -> RouterSettings:
    minutes = {
        "name": "minutes",
        "description": "会議の記録に書かれていること",
        "engine": {"kind": "retrieve_and_answer", "quote": False},
    }
    general = {
        "name": "general",
        "description": "誰でも知っていること",
        "engine": {"kind": "closed_book"},
    }
    return RouterSettings.model_validate(
        {"kind": "router", "routes": [{**minutes, **changes}, general]}
    )


def router(llm: ChoosingLLM, chosen: RouterSettings | None = None) -> Router:
    kept = (("keeps_first", KeepsFirst()),)
    return (chosen or settings()).build(Parts(llm=llm), Finds(NODES), kept)


def prefers(words: str) -> ChoosingLLM:
    return ChoosingLLM(answer="三月です。", weigh=lambda _, line: 3.0 if words in line else 1.0)


def test_the_chosen_engine_answers_and_the_probabilities_are_told() -> None:
    stages: list[str] = []
    answer = router(prefers("会議")).ask("会議はいつ？", on_stage=stages.append)
    assert answer.routes == pytest.approx({"minutes": 0.75, "general": 0.25})
    assert answer.steps == ["route minutes (0.75)"]
    assert answer.context == NODES[:1]
    assert stages == ["routing", "retrieving", "keeps_first", "answering"]
    assert set(stages) == set(answer.seconds)
    other = router(prefers("誰でも")).ask("日本で一番高い山は？")
    assert (other.steps, other.context) == (["route general (0.75)"], [])


def test_a_preferred_letter_does_not_choose() -> None:
    llm = ChoosingLLM(weigh=lambda letter, _: 9.0 if letter == "B" else 1.0)
    answer = router(llm).ask("会議はいつ？")
    assert answer.routes == pytest.approx({"minutes": 0.5, "general": 0.5})
    assert answer.steps == ["route minutes (0.50)"], "equal: the first"
    once = settings().model_copy(update={"orders": 1})
    assert router(llm, once).ask("会議はいつ？").routes["general"] == pytest.approx(0.9)


def test_a_route_may_search_in_its_own_way() -> None:
    bare = settings(postprocessors=[])
    assert router(prefers("会議"), bare).ask("会議はいつ？").stages == []
    assert router(prefers("会議")).ask("会議はいつ？").stages == [("keeps_first", NODES[:1])]


def test_the_conversation_is_read_before_the_choice() -> None:
    llm = prefers("会議")
    history = [
        ChatMessage(role=MessageRole.USER, content="会議はいつ？"),
        ChatMessage(role=MessageRole.ASSISTANT, content="三月です。"),
    ]
    router(llm).ask("誰が来た？", history)
    assert "質問: 会議はいつ？\n回答: 三月です。" in llm.judged[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "general"}, "general: stands twice"),
        ({"engine": {"kind": "router", "routes": []}}, "does not match any of the expected tags"),
        ({"engine": {"kind": "multiple_choice"}}, "does not match any of the expected tags"),
    ],
)
def test_wrong_routes_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**change)


def test_an_empty_question_is_an_error() -> None:
    with pytest.raises(YomitokiError, match="empty"):
        router(prefers("会議")).ask(" ")


def test_what_nothing_is_left_of_is_refused_by_the_route() -> None:
    dropping = settings().build(Parts(llm=prefers("会議")), Finds(NODES), (("drops", Drops()),))
    assert dropping.ask("会議はいつ？").refused
