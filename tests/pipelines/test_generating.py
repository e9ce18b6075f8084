from __future__ import annotations

import pytest

from pipelines.answer import Usage
from pipelines.errors import YomitokiError
from pipelines.generating import generate
from pipelines.llms.protocol import Completion
from tests.pipelines.scripted_llm import ScriptedLLM


def test_the_finished_text_and_the_options_given() -> None:
    llm = ScriptedLLM("答え")
    assert generate(llm, [], max_new_tokens=3) == Completion("答え", Usage(0, 2))
    assert llm.options == [{"max_new_tokens": 3}]


def test_a_failure_is_an_error() -> None:
    with pytest.raises(YomitokiError, match="out of memory"):
        generate(ScriptedLLM(fails="out of memory"), [])
