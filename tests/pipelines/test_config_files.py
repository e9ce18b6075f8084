"""Files that extend each other, the environment, and --set: what the merged tree holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.config_files import read_tree, shown
from pipelines.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def values(path: str, *overrides: str, **env: str) -> object:
    return read_tree(Path(path), overrides, env).plain()


def refusal(path: str, *overrides: str, **env: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_tree(Path(path), overrides, env).plain()
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_extends_merges_mappings_and_replaces_lists(folder: Path) -> None:
    write(
        folder,
        base="a: {x: 1, y: {p: 1, q: 2}}\nl: [1, 2, 3]\nkeep: true",
        middle="extends: base.yaml\na: {y: {q: 3}}",
        top="extends: middle.yaml\na: {z: 4}\nl: [9]",
    )
    assert values("top.yaml") == {
        "a": {"x": 1, "y": {"p": 1, "q": 3}, "z": 4},
        "l": [9],
        "keep": True,
    }


def test_extends_is_relative_to_its_own_file(folder: Path) -> None:
    (folder / "sub").mkdir()
    write(folder, base="a: 1")
    write(folder / "sub", child="extends: ../base.yaml\nb: 2", grandchild="extends: child.yaml")
    assert values("sub/grandchild.yaml") == {"a": 1, "b": 2}


def test_another_kind_drops_the_keys_of_the_old_one(folder: Path) -> None:
    write(
        folder,
        base="r: {kind: dense, top_k: 5, n: {kind: a, x: 1}}",
        other="extends: base.yaml\nr: {kind: bm25}",
        same="extends: base.yaml\nr: {kind: dense, more: 1}",
        silent="extends: base.yaml\nr: {n: {kind: b}}",
    )
    assert values("other.yaml") == {"r": {"kind": "bm25"}}
    assert values("same.yaml") == {
        "r": {"kind": "dense", "top_k": 5, "n": {"kind": "a", "x": 1}, "more": 1}
    }
    assert values("silent.yaml") == {"r": {"kind": "dense", "top_k": 5, "n": {"kind": "b"}}}


def test_kind_from_the_environment_is_compared_by_its_value(folder: Path) -> None:
    write(folder, base="r: {kind: dense, k: 1}", top="extends: base.yaml\nr: {kind: '${KIND}'}")
    assert values("top.yaml", KIND="dense") == {"r": {"kind": "dense", "k": 1}}
    assert values("top.yaml", KIND="bm25") == {"r": {"kind": "bm25"}}


def test_circle_of_extends(folder: Path) -> None:
    write(
        folder, a="extends: b.yaml", b="extends: ./c.yaml", c="extends: a.yaml", d="extends: d.yaml"
    )
    assert refusal("a.yaml") == (
        "c.yaml: extends: the files extend each other in a circle: "
        "a.yaml -> b.yaml -> c.yaml -> a.yaml"
    )
    assert "d.yaml -> d.yaml" in refusal("d.yaml")


@pytest.mark.parametrize("value", ["[a.yaml, b.yaml]", "3", "''", "{a: b}", "null"])
def test_extends_must_be_one_file(folder: Path, value: str) -> None:
    write(folder, a=f"extends: {value}")
    assert refusal("a.yaml") == (
        "a.yaml: extends: must be the path of one file, such as default.yaml"
    )


def test_missing_extended_file_names_the_nearest(folder: Path) -> None:
    write(folder, default="a: 1", mine="extends: defualt.yaml")
    assert refusal("mine.yaml") == (
        "mine.yaml: extends: 'defualt.yaml': no such file. Did you mean 'default.yaml'?"
    )


@pytest.mark.usefixtures("folder")
def test_missing_config_lists_those_shipped() -> None:
    message = refusal("configs/defalt.yaml")
    assert message.startswith("configs/defalt.yaml: no such file. Did you mean '")
    assert "default.yaml'?" in message
    assert "fast.yaml" in message
    assert "fast.yaml'?" in refusal("fast")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [", "bad.yaml: line 1, column 5: "),
        (b"a: 1\na: 2", "bad.yaml: line 2, column 1: key 'a' stands here twice"),
        ("a: 設定".encode("shift_jis"), "bad.yaml: byte 3: not UTF-8: save the file as UTF-8"),
        (b"- a\n- b", "bad.yaml: must be a mapping of keys to values, got a list"),
        (b"just words", "bad.yaml: must be a mapping of keys to values, got 'just words'"),
        (b"a: 1\n" * 100_000, "bad.yaml: over 400,000 bytes: this is no config file"),
    ],
)
def test_bad_file(folder: Path, content: bytes, message: str) -> None:
    (folder / "bad.yaml").write_bytes(content)
    assert refusal("bad.yaml").startswith(message)


def test_byte_order_mark_and_empty_file(folder: Path) -> None:
    (folder / "bom.yaml").write_bytes("\ufeffa: 1".encode())
    (folder / "empty.yaml").write_bytes(b"# nothing\n")
    assert values("bom.yaml") == {"a": 1}
    assert values("empty.yaml", "a.b=2") == {"a": {"b": 2}}


def test_unreadable_file(folder: Path) -> None:
    (folder / "folder.yaml").mkdir()
    assert refusal("folder.yaml").startswith("folder.yaml: cannot be read: ")
    assert refusal("a\0b").endswith("not a path")
    os.symlink("loop.yaml", folder / "loop.yaml")
    assert "loop.yaml" in refusal("loop.yaml")
    write(folder, top="extends: loop.yaml")
    assert "loop.yaml" in refusal("top.yaml")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${A}", "1"),
        ("x${A}${B}y", "x1two wordsy"),
        ("${NONE:-fallback}", "fallback"),
        ("${NONE:-}", ""),
        ("${EMPTY:-fallback}", "fallback"),
        ("${EMPTY}", ""),
        ("${A:-fallback}", "1"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("$A $ $$ {A}", "$A $ $$ {A}"),
        ("${INJECT}", "{kind: x}\na: [1"),
    ],
)
def test_environment(folder: Path, written: str, value: str) -> None:
    (folder / "a.yaml").write_text(f"a: ['{written}']")
    found = values("a.yaml", "b=${A}", A="1", B="two words", EMPTY="", INJECT="{kind: x}\na: [1")
    assert found == {"a": [value], "b": "1"}
    assert type(found["a"][0]) is str


def test_environment_variable_missing(folder: Path) -> None:
    write(folder, base="llm: {key: '${NONE}'}", top="extends: base.yaml\nother: 1")
    assert refusal("top.yaml") == (
        "base.yaml: llm.key: environment variable NONE is not set: "
        "set it, or give a default: ${NONE:-value}"
    )
    # What is overridden is not used, so its variable is not needed.
    assert values("top.yaml", "llm.key=5") == {"llm": {"key": 5}, "other": 1}


@pytest.mark.parametrize(
    "written", ["${}", "${A", "${1A}", "${A-b}", "${A:b}", "${A B}", "${${A}}"]
)
def test_environment_malformed(folder: Path, written: str) -> None:
    (folder / "a.yaml").write_text(f"a: {{b: ['{written}']}}")
    message = refusal("a.yaml", A="1")
    assert message.startswith("a.yaml: a.b.0: '${")
    assert "must be ${NAME} or ${NAME:-default}" in message


def test_environment_not_text(folder: Path) -> None:
    write(folder, a="a: '${RAW}'")
    assert refusal("a.yaml", RAW="\udcff") == "a.yaml: a: environment variable RAW: not UTF-8"


def test_set(folder: Path) -> None:
    write(folder, a="a: {b: 1}\nl: [{x: 1}, {x: 2}]\ns: text")
    assert values("a.yaml", "a.b=2", "a.c.d=[1, no]", "l.1.x=null", "s=5: 6", "n.e.w=''") == {
        "a": {"b": 2, "c": {"d": [1, "no"]}},
        "l": [{"x": 1}, {"x": None}],
        "s": {"5": 6},
        "n": {"e": {"w": ""}},
    }
    assert values("a.yaml", "s=a=b")["s"] == "a=b"
    assert values("a.yaml", "a.b=2", "a.b=3")["a"] == {"b": 3}
    assert values("a.yaml", "l=[]")["l"] == []
    assert values("a.yaml", "l.0={y: 1}")["l"] == [{"y": 1}, {"x": 2}]


def test_set_kind_drops_the_keys_of_the_old_one(folder: Path) -> None:
    write(folder, a="r: {kind: dense, top_k: 5}")
    assert values("a.yaml", "r.kind=bm25", "r.k1=2") == {"r": {"kind": "bm25", "k1": 2}}
    assert values("a.yaml", "r.kind=dense") == {"r": {"kind": "dense", "top_k": 5}}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("a.b", "--set a.b: must be KEY=VALUE, as in --set retriever.top_k=5"),
        ("=5", "--set =5: must be KEY=VALUE"),
        ("a..b=5", "--set a..b=5: must be KEY=VALUE"),
        ("s.x=5", "--set s.x=5: s is neither a mapping nor a list: it has no 'x'"),
        ("s.x.y=5", "--set s.x.y=5: s is neither a mapping nor a list"),
        ("l.2.x=1", "--set l.2.x=1: l is a list: use an index from 0 to 1"),
        ("l.x=1", "--set l.x=1: l is a list: use an index from 0 to 1"),
        ("l.-1=1", "--set l.-1=1: l is a list: use an index from 0 to 1"),
        ("l.kind=1", "--set l.kind=1: l is a list: use an index from 0 to 1"),
        ("e.0=1", "--set e.0=1: e is an empty list: set it whole: 'e=[...]'"),
        ("a.b=[1", "--set a.b=[1: value: line 1, column 3: expected"),
        ("a.b=${NONE}", "--set a.b=${NONE}: a.b: environment variable NONE is not set"),
    ],
)
def test_set_refused(folder: Path, override: str, message: str) -> None:
    write(folder, a="a: {b: 1}\nl: [{x: 1}, {x: 2}]\ns: text\ne: []")
    assert refusal("a.yaml", override).startswith(message)


def test_origin_is_what_wrote_the_value_last(folder: Path) -> None:
    write(
        folder,
        base="a: {x: 1, y: 1}\nr: {kind: dense, k: 1}\nl: [1]",
        top="extends: base.yaml\na: {y: 2}\nr: {kind: bm25}",
    )
    tree = read_tree(Path("top.yaml"), ["l.0=5", "new.k=1"], {})
    assert tree.origin(("a", "x")) == "base.yaml"
    assert tree.origin(("a", "y")) == "top.yaml"
    assert tree.origin(("r", "k")) == "top.yaml"
    assert tree.origin(("l",)) == "base.yaml"
    assert tree.origin(("l", 0)) == "--set l.0=5"
    assert tree.origin(("new", "other")) == "--set new.k=1"
    assert tree.origin(("absent",)) == "top.yaml"


def test_paths_are_shown_as_short_as_they_can_be(folder: Path) -> None:
    assert shown(folder / "a" / "b.yaml") == "a/b.yaml"
    assert shown(Path("b.yaml")) == "b.yaml"
    assert shown(folder.parent / "b.yaml") == str(folder.parent / "b.yaml")
