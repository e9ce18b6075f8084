"""YAML text to values: the 1.2 core schema, and nothing else."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.config_yaml import MAX_CHARS, YamlError, dump, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("12:34", "12:34"),
        ("2026-11-22", "2026-11-22"),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("~", None),
        ("", None),
        ("TRUE", True),
        ("false", False),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("質問", "質問"),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
        ("5: a\ntrue: b", {"5": "a", "true": "b"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
    ],
)
def test_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    parsed = parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key 'a' stands here twice"),
        ("a: [1", "line 1, column 6: expected ',' or ']'"),
        ("a: 1\n\tb: 2", "line 2, column 1: found character '\\t'"),
        ("x: !!python/object/apply:os.system [ls]", "line 1, column 4: tag !!python/object"),
        ("x: !!python/name:os.system", "tag !!python/name:os.system is not allowed"),
        ("x: !!set {a}", "tag !!set is not allowed"),
        ("!!int x", "'x' is not of the tagged type int"),
        ("a: 1\n--- \nb: 1", "line 2, column 1: but found another document"),
        ("? [a]\n: 1", "a key must be a word"),
        ("a: {<<: {b: 1}}", "merge keys (<<) are not read: use extends"),
        ("*x", "found undefined alias"),
        (".nan", "NaN is not a usable number"),
        ("a\nb: \x01", "line 2, column 4: a character that YAML does not allow"),
        ('"\\ud800"', "half of a surrogate pair"),
        ('"\\0"', "NUL"),
        ('"\\UFFFFFFFF"', "a character that does not exist"),
        ("9" * 5000, "thousands of digits"),
        ("[" * 60, "nested deeper than 50 levels"),
        ("- " * 60 + "a", "nested deeper than 50 levels"),
        ("&a [*a]", "nested deeper than 50 levels"),
        ("x" * (MAX_CHARS + 1), "longer than 100,000 characters"),
    ],
)
def test_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_alias_bomb_is_refused_before_it_grows() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    with pytest.raises(YamlError, match="more than 10,000 values"):
        parse("\n".join(levels))


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
    | st.sampled_from(["no", "1e-3", "0o17", "12:34", "<<", "=", "~", "", " a", "a: b", "\u202e"])
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["C"]), max_size=10) | st.just("<<"),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(_values)
def test_dump_is_read_back_as_it_was(value: object) -> None:
    assert parse(dump(value)) == value


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(YamlError):
        parse(text)


@settings(deadline=None)
@given(st.text(st.sampled_from("[]{}:,-&*!|>'\"#%@ \n\tabc1?<."), max_size=60))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(YamlError):
        parse(text)


def test_dump_hides_nothing_from_a_terminal() -> None:
    assert "\u202e" not in dump({"a": "x\u202ey"})
    assert "\x1b" not in dump({"a": "x\x1b[31m"})
    assert "質問" in dump({"a": "質問"})
