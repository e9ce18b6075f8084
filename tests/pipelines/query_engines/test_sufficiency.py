from __future__ import annotations

import pytest

from pipelines.query_engines.sufficiency import Sufficiency
from pipelines.query_engines.wording import Wording
from tests.pipelines.query_engines.engine_doubles import Finds
from tests.pipelines.scripted_llm import ScriptedLLM

WORDING = Wording("堰は？", "堰は？", Finds([]), "堰は？", "[これまでの会話]\n橋の話。\n\n")


def test_the_models_yes_is_the_probability() -> None:
    llm = ScriptedLLM(yes=lambda _: 0.7)
    assert Sufficiency(llm, 0.5).probability(WORDING, "堰は三月にできた。") == pytest.approx(0.7)
    (prompt,) = llm.judged
    places = [
        prompt.index(part) for part in ("堰は三月にできた。", "橋の話。", "堰は？", "Yes or No")
    ]
    assert places == sorted(places)
    assert llm.prompts == [], "nothing is generated"


def test_the_threshold_is_enough_and_zero_never_asks() -> None:
    half = Sufficiency(ScriptedLLM(), 0.5)
    assert half.asks
    assert [half.suffices(p) for p in (0.49, 0.5, 1.0)] == [False, True, True]
    assert not Sufficiency(ScriptedLLM(), 0.0).asks
