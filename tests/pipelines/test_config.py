"""The shipped config files: each is valid, comes back from `config show`, and is what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipelines.config import PipelineSettings, load_config, load_pipeline, pipeline_schema
from pipelines.config_files import SHIPPED_CONFIGS
from pipelines.config_yaml import parse
from pipelines.errors import ConfigError

# Suites are read by tests/evals/test_suite.py.
SHIPPED = sorted(p for p in SHIPPED_CONFIGS.rglob("*.yaml") if p.parent.name != "suites")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_config_is_valid_and_comes_back(path: Path, tmp_path: Path) -> None:
    loaded = load_pipeline(path, env={})
    again = tmp_path / "again.yaml"
    again.write_text(loaded.yaml(), encoding="utf-8")
    assert load_config(again, env={}) == loaded.settings
    assert load_config(again, env={}).fingerprint() == loaded.settings.fingerprint()


def test_the_presets_are_there_and_default_is_the_default() -> None:
    assert {path.name for path in SHIPPED} >= {
        "default.yaml",
        "fast.yaml",
        "gpu.yaml",
        "rerank.yaml",
        "small.yaml",
    }
    assert load_config(env={}) == load_config(SHIPPED_CONFIGS / "default.yaml", env={})


@pytest.mark.parametrize("name", ["default", "fast", "rerank", "small"])
def test_presets_for_a_cpu_need_no_hub(name: str) -> None:
    settings = load_config(SHIPPED_CONFIGS / f"{name}.yaml", env={})
    assert "/" not in settings.llm.model
    assert settings.embedding.kind == "embedded_e5"
    assert not settings.llm.trust_remote_code


def test_fast_has_no_reranking_by_the_model() -> None:
    settings = load_config(SHIPPED_CONFIGS / "fast.yaml", env={})
    assert [p.kind for p in settings.postprocessors] == ["cutoff"]
    assert not settings.postprocessors[0].needs_llm


def test_a_preset_that_embeds_otherwise_has_its_own_collection() -> None:
    """Else the first ingest with one refuses what the other built."""
    by_collection: dict[str, set[str]] = {}
    for path in SHIPPED:
        settings = load_config(path, env={})
        made_of = settings.embedding.fingerprint() + settings.node_parser.fingerprint()
        by_collection.setdefault(settings.collection, set()).add(made_of)
    assert {name: len(kinds) for name, kinds in by_collection.items() if len(kinds) > 1} == {}


def test_overrides_and_messages_reach_the_real_settings() -> None:
    settings = load_config(None, ["retriever={kind: bm25, top_k: 7}", "postprocessors=[]"], {})
    assert settings.retriever.model_dump()["top_k"] == 7
    with pytest.raises(ConfigError) as caught:
        load_config(None, ["postprocessors=[{kind: llm_rerank}]", "postprocessors.0.top_m=3"], {})
    assert str(caught.value).startswith(
        "--set postprocessors.0.top_m=3: unknown key. Did you mean 'top_n'? Allowed: kind, top_n, "
    )
    with pytest.raises(ConfigError, match=r"retriever\.children\.0: unknown kind 'bm52'\. Did you"):
        load_config(None, ["retriever.children=[{kind: bm52}]"], {})
    with pytest.raises(ConfigError, match="must be a whole number >= 1, got 'abc'"):
        load_config(None, ["retriever.top_k=abc"], {})


def test_schema_describes_every_part_and_allows_extends() -> None:
    schema = pipeline_schema()
    assert list(schema["properties"]) == ["extends", *PipelineSettings.model_fields]
    assert all("description" in value for value in schema["properties"].values())
    assert {"required": ["extends"]} in schema["anyOf"]
    json.dumps(schema)


def test_the_guides_yaml_examples_are_valid(tmp_path: Path) -> None:
    """Those that are whole files; they extend the default by the path of the repository's root."""
    guide = (SHIPPED_CONFIGS.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    whole = [block for block in blocks if "extends:" in block]
    assert whole
    for block in whole:
        path = tmp_path / "example.yaml"
        name = parse(block)["extends"]
        path.write_text(block.replace(name, str(SHIPPED_CONFIGS.parent / name)), encoding="utf-8")
        load_config(path, env={})


def test_a_wrong_child_is_named_once_however_deep_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(
        f"extends: {SHIPPED_CONFIGS / 'default.yaml'}\n"
        "retriever:\n"
        "  kind: fusion\n"
        "  children: [{kind: fusion, children: [{kind: bm52}]}]\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    (line,) = str(caught.value).splitlines()
    assert "retriever.children.0.children.0: unknown kind 'bm52'. Did you mean 'bm25'?" in line


@pytest.mark.parametrize(
    ("kinds", "engine", "said"),
    [
        (["reorder", "deduplicate"], {"context_order": "as_given"}, "reorder must be the last"),
        (["reorder"], {}, "reorder has no effect: set query_engine.context_order to as_given"),
    ],
)
def test_a_reorder_that_would_be_undone_is_refused(
    kinds: list[str], engine: dict[str, str], said: str
) -> None:
    postprocessors = json.dumps([{"kind": kind} for kind in kinds])
    overrides = [f"query_engine.{key}={value}" for key, value in engine.items()]
    with pytest.raises(ConfigError, match=said):
        load_config(None, [f"postprocessors={postprocessors}", *overrides])
    good = ["postprocessors=[{kind: reorder}]", "query_engine.context_order=as_given"]
    assert load_config(None, good).postprocessors[0].kind == "reorder"


@pytest.mark.parametrize(
    ("kind", "parser"), [("auto_merge", "hierarchical"), ("sentence_window", "sentence_window")]
)
def test_a_postprocessor_without_the_nodes_it_widens_is_refused(kind: str, parser: str) -> None:
    override = f"postprocessors=[{{kind: {kind}}}]"
    with pytest.raises(ConfigError, match=f"{kind} has no effect .* set it to {parser}"):
        load_config(None, [override])
    corrective = [f"query_engine={{kind: corrective, fallback_postprocessors: [{{kind: {kind}}}]}}"]
    with pytest.raises(ConfigError, match=f"{kind} has no effect"):
        load_config(None, corrective)
    load_config(None, [override, f"node_parser={{kind: {parser}}}"])


def test_what_two_settings_disagree_about_is_told_where_one_of_them_was_written(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"extends: {SHIPPED_CONFIGS / 'default.yaml'}\nretriever: {{weights: [1]}}\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: retriever\.weights: 1 for 2 children: "):
        load_config(file)
