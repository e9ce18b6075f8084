from __future__ import annotations

from pipelines.config import load_config


def test_every_kind_can_be_named_in_a_config() -> None:
    kinds = ("compression", "cutoff", "deduplicate", "llm_rerank", "sentence_window", "reorder")
    named = ["{kind: cross_encoder, model: a/b}"] + [f"{{kind: {kind}}}" for kind in kinds]
    overrides = [
        f"postprocessors=[{', '.join(named)}]",
        "node_parser={kind: sentence_window}",
        "query_engine.context_order=as_given",
    ]
    settings = load_config(None, overrides, {})
    assert [part.kind for part in settings.postprocessors] == ["cross_encoder", *kinds]
    assert [part.asks_llm() for part in settings.postprocessors].count(True) == 1
    assert len({part.fingerprint() for part in settings.postprocessors}) == len(named)
