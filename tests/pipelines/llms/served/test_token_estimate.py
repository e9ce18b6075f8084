from __future__ import annotations

from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.home import home_directory
from pipelines.llms.served.token_estimate import estimated_prompt_tokens, estimated_tokens
from pipelines.llms.tokenizer_file import find_tokenizer

SAMPLES = Path(__file__).parents[4] / "samples" / "lecture"


def test_by_hand() -> None:
    # "The" is one, "lecture" three, the digits and the full stop one each; spaces belong to words.
    assert estimated_tokens("The lecture 12.") == 1 + 3 + 2 + 1
    # Five characters beyond ASCII: 6.0.
    assert estimated_tokens("川会議です") == 6
    assert estimated_tokens("") == 0
    # Two messages of one and two tokens, eight around each and 32 before both.
    messages = [ChatMessage(content="a"), ChatMessage(content="川")]
    assert estimated_prompt_tokens(messages) == 1 + 2 + 2 * 8 + 32


@pytest.mark.model
@pytest.mark.parametrize("name", ["lecture.md", "handout.md"])
def test_rather_too_many_than_too_few(name: str) -> None:
    text = (SAMPLES / name).read_text("utf-8")
    counted = find_tokenizer("qwen2.5-coder-1.5b", None, home_directory()).counter()(text)
    assert counted <= estimated_tokens(text) <= 2 * counted
