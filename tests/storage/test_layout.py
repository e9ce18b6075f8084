from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ConfigError, YomitokiError
from storage.disk_errors import CatalogueDamagedError
from storage.layout import (
    POINTER,
    Pointer,
    check_name,
    collection_folder,
    collection_folders,
    generations,
    next_generation,
    read_pointer,
    write_pointer,
)


@pytest.mark.parametrize(
    "name", ["", " a", "a\n", "a\x00b", "\x1b[31m", "\ud800", "x" * 101, "a\u2028b", "\t"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="not a name: 1 to 100 characters, in any language"):
        check_name(name)


@given(st.text(min_size=1, max_size=100))
def test_any_name_gives_a_safe_folder_or_is_refused(name: str) -> None:
    home = Path("home")
    try:
        folder = collection_folder(home, name)
    except ConfigError:
        return
    assert folder.parent == home / "collections"
    assert folder.name.isascii()
    assert folder.name == folder.name.lower()
    assert not set(folder.name) & set('/\\:*?"<>|. ')
    assert folder.name[0] != "-"


def test_one_name_in_two_unicode_forms_is_one_collection() -> None:
    name = "データベース"
    decomposed = unicodedata.normalize("NFD", name)
    assert decomposed != name
    assert collection_folder(Path("h"), name) == collection_folder(Path("h"), decomposed)


def test_the_pointer_comes_back(tmp_path: Path) -> None:
    assert read_pointer(tmp_path) is None
    for generation in ("g000001", "g000002"):
        write_pointer(tmp_path, Pointer("講義 1", generation))
        assert read_pointer(tmp_path) == Pointer("講義 1", generation)
    assert [path.name for path in tmp_path.iterdir()] == [POINTER]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"\xff", b'{"name": "a"}', b'{"name": "a", "generation": "../x"}'],
)
def test_a_damaged_pointer_is_an_error_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / POINTER).write_bytes(content)
    with pytest.raises(CatalogueDamagedError, match=r"damaged .* --rebuild$"):
        read_pointer(tmp_path)


def test_generations_count_up(tmp_path: Path) -> None:
    assert next_generation(tmp_path) == "g000001"
    for name in ("g000001", "g000009", "g0000010", "other"):
        (tmp_path / name).mkdir()
    assert generations(tmp_path) == ["g000001", "g000009"]
    assert next_generation(tmp_path) == "g000010"


def test_only_pointed_folders_are_collections(tmp_path: Path) -> None:
    assert collection_folders(tmp_path) == []
    collections = tmp_path / "collections"
    for name in ("b", "a", ".dropped-1", "empty", ".locks"):
        (collections / name).mkdir(parents=True)
        if name != "empty":
            write_pointer(collections / name, Pointer(name, "g000001"))
    assert [folder.name for folder in collection_folders(tmp_path)] == ["a", "b"]


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "collections").write_text("", encoding="utf-8")
    assert collection_folders(tmp_path) == []
    assert read_pointer(tmp_path / "collections" / "a") is None
    with pytest.raises(YomitokiError, match="collections"):
        write_pointer(tmp_path / "collections" / "a", Pointer("a", "g000001"))
