from __future__ import annotations

from pipelines.config import load_config


def test_every_kind_can_be_named_in_a_config() -> None:
    kinds = ("compression", "cutoff", "deduplicate", "llm_rerank", "reorder", "sentence_window")
    named = [f"{{kind: {kind}}}" for kind in kinds] + ["{kind: cross_encoder, model: a/b}"]
    settings = load_config(None, [f"postprocessors=[{', '.join(named)}]"], {})
    assert [part.kind for part in settings.postprocessors] == [*kinds, "cross_encoder"]
    assert [part.asks_llm() for part in settings.postprocessors].count(True) == 1
    assert len({part.fingerprint() for part in settings.postprocessors}) == len(named)
