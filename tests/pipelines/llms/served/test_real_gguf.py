"""The default model's own GGUF file in llama.cpp: it reads Japanese, answers and decides."""

from __future__ import annotations

import math

import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.home import home_directory
from pipelines.llms.chat_template import ChatTemplate
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from pipelines.llms.served.served_llm import ServedLLM
from pipelines.llms.tokenizer_file import find_tokenizer
from pipelines.prompts import RELATED, RELEVANT_JA

pytestmark = pytest.mark.model
PASSAGE = "川会議は毎月第二木曜日の夜七時から稲架町の公民館でやっています。"


@pytest.fixture(scope="module")
def llm() -> ServedLLM:
    pytest.importorskip("xllamacpp", reason="the extra llama-cpp is not installed")
    return LlamaCppLLMSettings(kind="llama_cpp", context_window=1024).build(home_directory())


def test_it_answers_from_a_passage(llm: ServedLLM) -> None:
    asked = [ChatMessage(content=f"{PASSAGE}\n\n川会議は何時からですか？短く答えてください。")]
    answer = llm.chat(asked, max_new_tokens=24)
    assert "七時" in (answer.message.content or "") or "7時" in (answer.message.content or "")


def test_it_tells_what_is_related(llm: ServedLLM) -> None:
    questions = ["川会議はいつ開かれますか？", "富士山の高さは何メートルですか？"]
    rows = llm.score_choices(
        [RELEVANT_JA.messages(question=question, text=PASSAGE) for question in questions], RELATED
    )
    related, unrelated = (math.exp(row[0]) for row in rows)
    assert related > unrelated


def test_a_prompt_is_read_as_the_converted_form_reads_it(llm: ServedLLM) -> None:
    from transformers import PreTrainedTokenizerFast

    folder = find_tokenizer("qwen2.5-coder-1.5b", None, home_directory()).find().parent
    template = ChatTemplate(PreTrainedTokenizerFast.from_pretrained(str(folder)))
    prompt = RELEVANT_JA.messages(question="川会議はいつ？", text=PASSAGE)
    assert llm.render(prompt) == template.render(prompt)
    assert llm.count_prompt_tokens(prompt) == len(template.encode(prompt))


def test_its_tokens_are_those_of_the_converted_form(llm: ServedLLM) -> None:
    count = find_tokenizer("qwen2.5-coder-1.5b", None, home_directory()).counter()
    for text in (PASSAGE, "RAG 2025", "堰の改修、𠮷野家"):
        assert llm.count_tokens(text) == count(text)
    # Texts of several tokens, one of them with halves of a character, are scored alike.
    asked = [ChatMessage(content="川会議はいつ？")]
    found = llm.log_likelihoods(asked, ["夜七時です", "𠮷野家"])
    assert [text.tokens for text in found] == [count("夜七時です"), count("𠮷野家")]
    assert all(-200 < text.log_probability < 0 for text in found)
    assert found[0].log_probability > found[1].log_probability
