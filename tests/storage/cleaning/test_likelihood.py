from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import ConfigError
from pipelines.llms.protocol import Likelihood
from storage.cleaning.glossary import GlossarySettings
from storage.cleaning.likelihood import likelihood_gain
from storage.cleaning.step import clean


class Reads:
    """A text is likely by 5 nats if it holds 生成する next to コード, else by as much less."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> list[Likelihood]:
        self.asked.append((str(messages[-1].content), list(texts)))
        return [Likelihood(-10.0 + 5.0 * ("コードを生成" in text), len(text)) for text in texts]


def test_the_gain_is_that_of_the_words_around_behind_what_came_before() -> None:
    llm = Reads()
    text = "あ" * 200 + "高度を生成する"
    gain = likelihood_gain(llm)(text, 200, 202, "コード")
    assert gain == pytest.approx(5.0)
    ((before, texts),) = llm.asked
    assert before == "あ" * 160
    assert texts == ["あ" * 40 + "高度を生成する", "あ" * 40 + "コードを生成する"]


def test_what_is_only_proposed_is_made_where_the_model_would_rather_read_it(tmp_path: Path) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text("- コード\n", encoding="utf-8")
    settings = GlossarySettings(path=str(path), check="likelihood")
    text = "その高度を生成する。空の高度を測る。"
    assert clean(text, [settings.build(Reads())]).text == "そのコードを生成する。空の高度を測る。"
    eager = GlossarySettings(path=str(path), check="likelihood", least_gain=-1)
    assert clean(text, [eager.build(Reads())]).text == "そのコードを生成する。空のコードを測る。"


def test_without_a_model_it_is_an_error(tmp_path: Path) -> None:
    settings = GlossarySettings(path=str(tmp_path), check="likelihood")
    assert settings.asks_llm()
    with pytest.raises(ConfigError, match=r"glossary\.check: likelihood needs a language model"):
        settings.build()
