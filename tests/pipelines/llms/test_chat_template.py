from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.errors import YomitokiError
from pipelines.llms.chat_template import ChatTemplate, fold_system
from tests.pipelines.llms.conftest import CHATML, NO_SYSTEM, load_tokenizer

SYSTEM = ChatMessage(role=MessageRole.SYSTEM, content="規則")
USER = ChatMessage(role=MessageRole.USER, content="質問")


def test_template_is_applied_once(tokenizer: Any) -> None:
    rendered = ChatTemplate(tokenizer).render([SYSTEM, USER])
    assert rendered == (
        "<s><|im_start|>system\n規則<|im_end|>\n<|im_start|>user\n質問<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_bos_stands_once(tokenizer: Any) -> None:
    ids = ChatTemplate(tokenizer).encode([USER])
    assert tokenizer("x").input_ids[0] == tokenizer.bos_token_id, "this tokenizer adds a BOS"
    assert ids.count(tokenizer.bos_token_id) == 1


def test_bos_is_added_where_no_template_writes_it(tokenizer_folder: Path) -> None:
    tokenizer = load_tokenizer(tokenizer_folder, None)
    ids = ChatTemplate(tokenizer).encode([USER])
    assert ids[0] == tokenizer.bos_token_id
    assert ids.count(tokenizer.bos_token_id) == 1


def test_system_moves_into_the_first_user_turn(tokenizer_folder: Path) -> None:
    template = ChatTemplate(load_tokenizer(tokenizer_folder, NO_SYSTEM))
    assert template.render([SYSTEM, USER]) == "[user]規則\n\n質問[assistant]"


def test_template_that_drops_the_system_text_silently(tokenizer_folder: Path) -> None:
    dropping = (
        "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}"
    )
    template = ChatTemplate(load_tokenizer(tokenizer_folder, dropping))
    assert template.render([SYSTEM, USER]) == "規則\n\n質問"


def test_plain_form_without_a_template(tokenizer_folder: Path) -> None:
    template = ChatTemplate(load_tokenizer(tokenizer_folder, None))
    assert template.render([SYSTEM, USER]) == "system: 規則\n\nuser: 質問\n\nassistant:"


def test_thinking_is_switched_off(tokenizer_folder: Path) -> None:
    thinking = CHATML + "{% if enable_thinking is defined and not enable_thinking %}OFF{% endif %}"
    tokenizer = load_tokenizer(tokenizer_folder, thinking)
    assert ChatTemplate(tokenizer).render([USER]).endswith("OFF")
    assert not ChatTemplate(tokenizer, enable_thinking=True).render([USER]).endswith("OFF")


def test_no_messages_is_an_error(tokenizer: Any) -> None:
    with pytest.raises(YomitokiError, match="no messages"):
        ChatTemplate(tokenizer).render([])


def test_refused_order_of_roles_is_told(tokenizer_folder: Path) -> None:
    refusing = CHATML + (
        "{% if messages[-1].role == 'assistant' %}{{ raise_exception('must end with user') }}"
        "{% endif %}"
    )
    template = ChatTemplate(load_tokenizer(tokenizer_folder, refusing))
    reply = ChatMessage(role=MessageRole.ASSISTANT, content="答え")
    with pytest.raises(YomitokiError, match="must end with user"):
        template.render([USER, reply])


def test_fold_system_makes_a_user_turn_where_there_is_none() -> None:
    turns = [{"role": "system", "content": "規則"}, {"role": "assistant", "content": "はい"}]
    assert fold_system(turns) == [
        {"role": "user", "content": "規則"},
        {"role": "assistant", "content": "はい"},
    ]
