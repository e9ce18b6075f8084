from __future__ import annotations

from typing import Any

from pipelines.config import load_config
from pipelines.rag import _with_top_k


def test_more_nodes_are_asked_of_every_retriever_inside() -> None:
    inner: dict[str, Any] = {"kind": "fusion", "children": [{"kind": "bm25", "top_k": 5}]}
    override = f"retriever={ {'kind': 'hyde', 'inner': inner} }"
    settings = load_config(None, [override.replace("'", '"')])
    wide = _with_top_k(settings, 50).retriever
    assert wide.top_k == wide.inner.top_k == wide.inner.children[0].top_k == 50
    assert _with_top_k(settings, 3).retriever == settings.retriever
