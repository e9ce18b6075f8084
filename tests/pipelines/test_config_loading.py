"""Loading gives equal settings again, and no input makes it fail with anything but ConfigError."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from config_sample_settings import SampleSettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.config_loading import load
from pipelines.config_yaml import dump, is_text
from pipelines.errors import ConfigError

GOOD = "retriever: {kind: dense}\nllm: {kind: lone}\n"


def test_resolved_settings_load_as_equal_settings(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(
        "collection: 'a $${b} no'\n"
        "retriever: {kind: fusion, children: [{kind: dense, cutoff: 1e-5}, {kind: bm25}]}\n"
        "postprocessors: [{kind: bm25, top_k: 3}]\n"
        "llm: {kind: lone, api_key: '${KEY}', url: '${URL:-http://x}'}\n"
        "weights: {yes: .inf, '5': 0.1}\n",
        encoding="utf-8",
    )
    env = {"KEY": "canary-123"}
    loaded = load(SampleSettings, first, ["retriever.children.1.top_k=7"], env)
    text = loaded.yaml()
    assert loaded.settings.llm.api_key is not None
    assert loaded.settings.llm.api_key.get_secret_value() == "canary-123"
    assert "canary-123" not in text
    assert "api_key: ${KEY}" in text
    second.write_text(text, encoding="utf-8")
    assert load(SampleSettings, second, [], env).settings == loaded.settings
    assert json.loads(json.dumps(loaded.resolved())) == loaded.resolved()


def test_defaults_are_part_of_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    shown = load(SampleSettings, tmp_path / "a.yaml", [], {}).resolved()
    assert shown["collection"] == "default"
    assert shown["retriever"] == {"kind": "dense", "top_k": 10, "cutoff": None}
    assert list(shown) == list(SampleSettings.model_fields)


def test_text_from_the_environment_becomes_what_the_field_is(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "retriever: {kind: '${KIND}', top_k: '${K}'}\nllm: {kind: lone}\nstrict: '${S:-false}'"
    )
    found = load(SampleSettings, tmp_path / "a.yaml", [], {"KIND": "bm25", "K": "7"}).settings
    assert found.retriever.model_dump() == {"kind": "bm25", "top_k": 7, "mode": "short"}
    assert found.strict is False


_valid = st.fixed_dictionaries(
    {
        "retriever": st.fixed_dictionaries(
            {"kind": st.just("dense")},
            optional={"top_k": st.integers(1, 100), "cutoff": st.floats(0.1, 0.9) | st.none()},
        ),
        "llm": st.fixed_dictionaries(
            {"kind": st.just("lone")}, optional={"api_key": st.just("${A}") | st.none()}
        ),
    },
    optional={
        "collection": st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
        ).map(lambda text: text.replace("${", "$${")),
        "weights": st.dictionaries(st.text(max_size=5).filter(is_text), st.floats(allow_nan=False)),
        "postprocessors": st.lists(st.just({"kind": "bm25", "mode": "long"}), max_size=2),
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=_valid)
def test_valid_settings_come_back(tmp_path: Path, values: dict[str, object]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(dump(values), encoding="utf-8")
    loaded = load(SampleSettings, path, [], {"A": "1"})
    path.write_text(loaded.yaml(), encoding="utf-8")
    assert load(SampleSettings, path, [], {"A": "1"}).settings == loaded.settings


_words = st.sampled_from(
    ["kind", "bm25", "dense", "fusion", "lone", "retriever", "children", "llm", "top_k", "null",
     "postprocessors", "collection", "extends", "a.yaml", "${A}", "${B:-x}", "$${", "${", "5", "-1",
     "1e400", "true", "workers", "weights", "api_key", "second", "0", "mode"]
)  # fmt: skip
_shapes = st.recursive(
    _words | st.text(max_size=5) | st.integers() | st.floats() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=5),
    max_leaves=25,
)
_soup = st.lists(
    st.sampled_from(["\n", ": ", "- ", "{", "}", "[", "]", ", ", "&a ", "*a", "!!", "'", '"', "  "])
    | _words,
    max_size=40,
).map("".join)
_overrides = st.lists(
    st.text(max_size=12)
    | st.builds("{}.{}={}".format, _words, _words, _words)
    | st.builds("{}={}".format, _words, _soup),
    max_size=3,
)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)
@given(text=_shapes.map(lambda value: json.dumps(value)) | _soup | st.text(), overrides=_overrides)
def test_whatever_is_written_is_settings_or_a_config_error(
    tmp_path: Path, text: str, overrides: list[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        loaded = load(SampleSettings, path, overrides, {"A": "1"})
    except ConfigError:
        return
    path.write_text(loaded.yaml(), encoding="utf-8")
    assert load(SampleSettings, path, [], {"A": "1"}).settings == loaded.settings


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)
@given(
    section=st.sampled_from(["retriever", "second", "llm", "workers", "weights", "postprocessors"]),
    value=_shapes,
)
def test_one_wrong_section_is_settings_or_a_config_error(
    tmp_path: Path, section: str, value: object
) -> None:
    good = {"retriever": {"kind": "dense"}, "llm": {"kind": "lone"}}
    path = tmp_path / "a.yaml"
    path.write_text(json.dumps({**good, section: value}))
    problem = ""
    try:
        load(SampleSettings, path, [], {"A": "1"})
    except ConfigError as error:
        problem = str(error)
    assert len(problem.splitlines()) <= 11
    assert problem == "" or "a.yaml" in problem


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(raw)
    with pytest.raises(ConfigError):
        load(SampleSettings, tmp_path / "a.yaml", [], {})
