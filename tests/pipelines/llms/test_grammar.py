from __future__ import annotations

import re
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import QuestionError
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.protocol import GrammarWriter

DATE = 'start: /[0-9]{4}/ "-" /[0-9]{2}/'
ASKED = [ChatMessage(content="いつ？")]


@pytest.fixture
def llm(model: Any, tokenizer: Any) -> HuggingFaceLLM:
    """It writes noise unless it is held to something."""
    return HuggingFaceLLM(model, tokenizer, "tiny", context_window=512, draft_tokens=4)


def test_only_what_the_grammar_allows_is_written(llm: HuggingFaceLLM) -> None:
    assert isinstance(llm, GrammarWriter)
    written = llm.write_within(ASKED, DATE, max_new_tokens=20)
    assert re.fullmatch(r"\d{4}-\d{2}", written.text)
    assert not written.cut
    assert written.usage.completion_tokens == len("1234-56") + 1, "and the token that ends it"
    assert llm.write_within(ASKED, DATE, max_new_tokens=20) == written


def test_of_what_is_allowed_the_likeliest_is_written(llm: HuggingFaceLLM) -> None:
    [scores] = llm.score_choices([ASKED], ["a", "b", "c"])
    likeliest = "abc"[scores.index(max(scores))]
    assert llm.write_within(ASKED, "start: /[abc]/", max_new_tokens=5).text == likeliest


def test_guesses_change_nothing(model: Any, tokenizer: Any, llm: HuggingFaceLLM) -> None:
    grammar = "start: /(ab|ba){3,20}/"
    plain = HuggingFaceLLM(model, tokenizer, "tiny", context_window=512)
    assert llm.write_within(ASKED, grammar, 60) == plain.write_within(ASKED, grammar, 60)


def test_a_text_that_does_not_end_is_said_to_be_cut(llm: HuggingFaceLLM) -> None:
    written = llm.write_within(ASKED, DATE, max_new_tokens=3)
    assert written.cut
    assert re.fullmatch(r"\d{3}", written.text)


def test_what_is_written_otherwise_stays_the_same(llm: HuggingFaceLLM) -> None:
    before = llm.chat(ASKED, max_new_tokens=8).message.content
    llm.write_within(ASKED, DATE, max_new_tokens=20)
    assert llm.chat(ASKED, max_new_tokens=8).message.content == before


def test_a_wrong_grammar_and_a_long_prompt_are_errors(llm: HuggingFaceLLM) -> None:
    with pytest.raises(ValueError, match="grammar"):
        llm.write_within(ASKED, "start: nowhere", max_new_tokens=5)
    with pytest.raises(QuestionError, match="does not fit"):
        llm.write_within([ChatMessage(content="x" * 600)], DATE, max_new_tokens=5)
