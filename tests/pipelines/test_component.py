from __future__ import annotations

from pipelines.postprocessors.llm_rerank import LLMRerankSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.hyde import HydeRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings


def test_a_part_asks_for_a_model_if_one_inside_of_it_does() -> None:
    hyde = HydeRetrieverSettings(inner=BM25RetrieverSettings())
    assert hyde.asks_llm()
    assert LLMRerankSettings().asks_llm()
    assert not BM25RetrieverSettings().asks_llm()
    assert not FusionRetrieverSettings().asks_llm()
    # Whatever a later menu allows inside of a fusion.
    assert FusionRetrieverSettings.model_construct(children=(hyde,)).asks_llm()
