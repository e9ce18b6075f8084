from __future__ import annotations

import pytest
from llama_index.core.schema import TextNode

from benchmarks.memory_collection import MemoryCollection
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.retrievers.phonetic import PhoneticRetrieverSettings

TEXTS = {
    "misheard": "次に教科学習の話をします。購買を計算して重みを更新します。",
    "name": "このクエン酸というモデルは中国の会社が作りました。",
    "other": "昼食はうどんと天ぷらでした。午後は河川敷を歩きます。",
    "more": "堰の改修は第二案に決まりました。工事は来年の春からです。",
}


def found(question: str, **settings: object) -> list[tuple[str, float]]:
    nodes = [TextNode(id_=key, text=text) for key, text in TEXTS.items()]
    collection = MemoryCollection(nodes, None)  # type: ignore[arg-type]
    retriever = PhoneticRetrieverSettings.model_validate(settings).build(Parts(collection))
    return [(hit.node.node_id, hit.score or 0.0) for hit in retriever.retrieve(question)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("強化学習とは何ですか？", "misheard"),
        ("勾配はどう使いますか？", "misheard"),
        ("Qwen3はどこの会社のものですか？", "name"),
        ("関の回収はどうなりましたか？", "more"),
    ],
)
def test_what_the_recogniser_wrote_otherwise_is_found(question: str, first: str) -> None:
    hits = found(question)
    assert hits[0][0] == first
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1.5 for score in scores)


def test_without_a_term_that_is_heard_nothing_is_found() -> None:
    assert found("はい？") == []
    assert found("😀") == []
    assert found("強化学習", least=0.99) == [("misheard", pytest.approx(1.5))]


def test_top_k_bounds_the_result() -> None:
    assert len(found("強化学習と改修と会社", top_k=2)) == 2


def test_it_needs_a_collection() -> None:
    with pytest.raises(ConfigError, match=r"retriever\.phonetic: needs a collection"):
        PhoneticRetrieverSettings().build(Parts())
