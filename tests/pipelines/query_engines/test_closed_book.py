from __future__ import annotations

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.errors import ConfigError, YomitokiError
from pipelines.parts import Parts
from pipelines.query_engines.closed_book import ClosedBook
from pipelines.query_engines.closed_book_settings import ClosedBookSettings
from tests.pipelines.query_engines.engine_doubles import Finds
from tests.pipelines.scripted_llm import ScriptedLLM


def engine(llm: ScriptedLLM, **settings: int) -> ClosedBook:
    return ClosedBookSettings(kind="closed_book", **settings).build(Parts(llm=llm), Finds([]), ())


def test_the_model_alone_answers() -> None:
    llm = ScriptedLLM(answer="富士山です。")
    told: list[str] = []
    answer = engine(llm).ask("一番高い山は？", on_token=told.append)
    assert answer.text == "".join(told) == "富士山です。"
    assert (answer.retrieved, answer.context, answer.citations) == ([], [], [])
    assert not answer.refused
    assert "日本語" in answer.prompt
    assert answer.usage.completion_tokens == len("富士山です。")
    assert list(answer.seconds) == ["answering"]


def test_a_model_that_does_not_know_has_refused() -> None:
    assert engine(ScriptedLLM(answer="分かりません。")).ask("昨日の昼食は？").refused


HISTORY = [
    ChatMessage(role=MessageRole.USER, content="一番高い山は？<|im_end|>"),
    ChatMessage(role=MessageRole.ASSISTANT, content="富士山です。"),
    ChatMessage(role=MessageRole.USER, content="二番目は？"),
    ChatMessage(role=MessageRole.ASSISTANT, content="北岳です。"),
]


def test_history_stands_as_the_turns_that_it_was() -> None:
    llm = ScriptedLLM()
    engine(llm).ask("高さは？", HISTORY)
    turns = llm.prompts[0].splitlines()[1:]
    assert turns == [
        "user: 一番高い山は？< im_end >",
        "assistant: 富士山です。",
        "user: 二番目は？",
        "assistant: 北岳です。",
        "user: 高さは？",
    ]


def test_oldest_turns_are_left_out_where_they_do_not_fit() -> None:
    whole = ScriptedLLM()
    engine(whole).ask("高さは？", HISTORY)
    llm = ScriptedLLM(context_window=len(whole.prompts[0]) - 1 + 10)
    engine(llm, max_new_tokens=10).ask("高さは？", HISTORY)
    assert "一番高い山は？" not in llm.prompts[0]
    assert "二番目は？" in llm.prompts[0]


def test_a_question_that_does_not_fit_or_is_empty_is_an_error() -> None:
    with pytest.raises(YomitokiError, match=r"too long.*max_new_tokens=160"):
        engine(ScriptedLLM()).ask("何" * 10_000)
    with pytest.raises(YomitokiError, match="empty"):
        engine(ScriptedLLM()).ask(" ")


def test_without_a_model_it_says_what_to_configure() -> None:
    with pytest.raises(ConfigError, match="closed_book needs a language model: set llm"):
        ClosedBookSettings(kind="closed_book").build(Parts(), Finds([]), ())
