from __future__ import annotations

from pipelines.retrievers.cascade import CascadeRetrieverSettings
from pipelines.retrievers.collections import CollectionsRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.multi_query import MultiQueryRetrieverSettings
from pipelines.retrievers.widening import widened
from pipelines.retrievers.words import BM25RetrieverSettings


def test_every_retriever_inside_is_widened_but_the_coarse_one() -> None:
    fusion = widened(FusionRetrieverSettings(), 50)
    assert [fusion.top_k, *(child.top_k for child in fusion.children)] == [50, 50, 50]
    cascade = CascadeRetrieverSettings(
        coarse=BM25RetrieverSettings(top_k=5), fine=BM25RetrieverSettings(top_k=5)
    )
    wide = widened(MultiQueryRetrieverSettings(inner=cascade), 50)
    assert isinstance(wide.inner, CascadeRetrieverSettings)
    assert (wide.top_k, wide.inner.top_k, wide.inner.coarse.top_k) == (50, 50, 5)
    source = {"name": "a", "retriever": {"kind": "bm25", "top_k": 5}}
    several = widened(CollectionsRetrieverSettings.model_validate({"sources": [source]}), 50)
    assert several.sources[0].retriever.top_k == 50
    assert FusionRetrieverSettings().top_k == 20
