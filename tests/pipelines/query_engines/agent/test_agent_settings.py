from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.adjusted import most_tokens, with_writing
from pipelines.config import load_config
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.query_engines.agent.agent import Agent
from pipelines.query_engines.agent.settings import AgentSettings
from tests.pipelines.query_engines.engine_doubles import ChoosingLLM, Drops, Finds, KeepsFirst, node

ROOT = Path(__file__).resolve().parents[4]
NODES = [node("会議は三月に開かれた。"), node("昼食はうどんだった。")]
DOCUMENTS: dict[str, Any] = {
    "kind": "documents",
    "description": "会議の記録",
    "engine": {"kind": "retrieve_and_answer", "quote": False, "max_new_tokens": 70},
}
MODEL = {"kind": "closed_book", "description": "自分の知識"}
CALCULATOR = {"kind": "calculator", "description": "電卓"}


def settings(*tools: dict[str, Any], **changes: Any) -> AgentSettings:
    return AgentSettings.model_validate({"kind": "agent", "tools": tools, **changes})


def built(chosen: AgentSettings, llm: ChoosingLLM, **parts: Any) -> Agent:
    kept = (("keeps_first", KeepsFirst()),)
    return chosen.build(Parts(llm=llm, **parts), Finds(NODES), kept)


def prefers(words: str, **changes: Any) -> ChoosingLLM:
    return ChoosingLLM(weigh=lambda _, line: 9.0 if words in line else 1.0, **changes)


def test_documents_are_searched_as_the_pipeline_does() -> None:
    engine = built(settings(DOCUMENTS, MODEL), prefers("記録", answer="三月です。"))
    answer = engine.ask("会議はいつ？")
    assert answer.text == "三月です。"
    assert answer.context == NODES[:1]
    assert answer.trace[0].argument == "会議はいつ？"


def test_a_tool_may_search_in_its_own_way() -> None:
    own = {**DOCUMENTS, "postprocessors": []}
    answer = built(settings(own, MODEL), prefers("記録", answer="三月です。")).ask("会議はいつ？")
    assert answer.stages == []


def test_documents_whose_cutoff_drops_everything_are_not_chosen() -> None:
    chosen = settings(DOCUMENTS, MODEL)
    llm = prefers("記録")
    cut = chosen.build(Parts(llm=llm), Finds(NODES), (("cutoff", Drops()),))
    assert cut.tool_probabilities("会議はいつ？") == {"documents": 0.0, "closed_book": 1.0}
    other = chosen.build(Parts(llm=llm), Finds(NODES), (("drops", Drops()),))
    assert other.tool_probabilities("会議はいつ？")["documents"] == pytest.approx(0.9)


def test_another_collection_is_opened_by_name_and_has_no_postprocessors() -> None:
    class Empty:
        def search_words(self, *_: Any) -> list[Any]:
            return []

        def nodes(self, _ids: Any) -> list[Any]:
            return []

    opened: list[str] = []

    def open_collection(name: str) -> Any:
        opened.append(name)
        return Empty()

    other = {**DOCUMENTS, "name": "minutes", "collection": "minutes"}
    with pytest.raises(ValidationError, match="retriever: set it"):
        settings(other, MODEL)
    chosen = settings({**other, "retriever": {"kind": "bm25"}}, DOCUMENTS)
    engine = built(chosen, prefers("記録"), open_collection=open_collection)
    answer = engine.ask("会議はいつ？")
    assert opened == ["minutes"]
    assert answer.steps[0].startswith("minutes")
    assert answer.trace[0].outcome == "refused"
    with pytest.raises(ConfigError, match="needs a pipeline"):
        built(chosen, prefers("記録"))


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="documents: stands twice"):
        settings(DOCUMENTS, DOCUMENTS)
    with pytest.raises(ValidationError, match="at least 2"):
        settings(DOCUMENTS)
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        settings(DOCUMENTS, {"kind": "shell", "description": "x"})
    with pytest.raises(ValidationError, match="time_limit_seconds"):
        settings(DOCUMENTS, MODEL, time_limit_seconds=0)
    with pytest.raises(ConfigError, match="needs a language model"):
        settings(DOCUMENTS, MODEL).build(Parts(), Finds([]), ())
    with pytest.raises(ConfigError, match="needs a language model"):
        settings(CALCULATOR, MODEL).tools[0].build(Parts(), Finds([]), ())


def test_an_answers_length_is_that_of_the_longest_tool() -> None:
    chosen = settings(DOCUMENTS, CALCULATOR, MODEL)
    assert most_tokens(chosen) == 160, "the model alone"
    whole = load_config(ROOT / "configs" / "agent.yaml", [], {})
    short = with_writing(whole, {"max_new_tokens": 20}).query_engine
    assert isinstance(short, AgentSettings)
    assert most_tokens(short) == 20
    [calculator] = [tool for tool in short.tools if tool.kind == "calculator"]
    assert calculator.max_new_tokens == 48, "half an expression would be a wrong one"


def test_the_shipped_agent_has_each_source_and_never_makes_up_what_documents_lack() -> None:
    for path in ("configs/agent.yaml", "benchmarks/agent_lecture.yaml"):
        chosen = load_config(ROOT / path, [], {}).query_engine
        assert isinstance(chosen, AgentSettings)
        assert [tool.name for tool in chosen.tools] == [
            *("documents", "web", "calculator", "closed_book")
        ]
        assert [tool.fallback_at_least for tool in chosen.tools] == [0.02, 0.02, 0.3, 0.3]
