from __future__ import annotations

from pathlib import Path

import pytest

from storage.layout import collection_folder
from storage.origins import ORIGINS, settle_sources
from storage.readers.discovery import find_files


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    collection_folder(home, "lectures").mkdir(parents=True)
    return home


def lecture(folder: Path, name: str = "day1.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("text")
    return folder


def settle(home: Path, *given: Path) -> dict[str, Path]:
    """File by source, after these were given to one run."""
    return {f.source: f.path for f in settle_sources(home, "lectures", find_files(given)).files}


def test_file_of_another_folder_with_a_known_name_is_named_with_its_folder(
    home: Path, tmp_path: Path
) -> None:
    first, second = lecture(tmp_path / "2024"), lecture(tmp_path / "2025")
    assert settle(home, first) == {"day1.md": first / "day1.md"}
    later = settle_sources(home, "lectures", find_files([second]))
    assert [file.source for file in later.files] == ["2025/day1.md"]
    assert str(first / "day1.md") in later.notes["2025/day1.md"]


def test_file_keeps_its_first_name_whatever_is_given_later(home: Path, tmp_path: Path) -> None:
    first, second = lecture(tmp_path / "term" / "2024"), lecture(tmp_path / "term" / "2025")
    named = settle(home, first, second)
    assert sorted(named) == ["2024/day1.md", "2025/day1.md"]
    assert settle(home, second, first) == named
    assert settle(home, tmp_path / "term") == named
    assert settle(home, first / "day1.md") == {"2024/day1.md": first / "day1.md"}
    again = settle_sources(home, "lectures", find_files([second]))
    assert [file.source for file in again.files] == ["2025/day1.md"]
    assert again.notes == {}


def test_names_are_longer_by_as_many_folders_as_it_takes(home: Path, tmp_path: Path) -> None:
    folders = [lecture(tmp_path / top / "x") for top in ("a", "b", "c")]
    assert [list(settle(home, folder)) for folder in folders] == [
        ["day1.md"],
        ["x/day1.md"],
        ["c/x/day1.md"],
    ]


def test_link_is_told_apart_by_the_folders_that_it_lies_in(home: Path, tmp_path: Path) -> None:
    first = lecture(tmp_path / "2024")
    second = lecture(tmp_path / "2025" / ".kept", "v7.md").parent
    (second / "day1.md").symlink_to(second / ".kept" / "v7.md")
    settle(home, first)
    assert settle(home, second) == {"2025/day1.md": second / ".kept" / "v7.md"}


def test_moved_folder_keeps_its_documents(home: Path, tmp_path: Path) -> None:
    folder = lecture(tmp_path / "2024")
    settle(home, folder)
    moved = folder.rename(tmp_path / "archive")
    assert settle(home, moved) == {"day1.md": moved / "day1.md"}
    assert list(settle(home, lecture(folder))) == ["2024/day1.md"]


def test_damaged_note_is_written_anew(home: Path, tmp_path: Path) -> None:
    first = lecture(tmp_path / "2024")
    settle(home, first)
    (collection_folder(home, "lectures") / ORIGINS).write_text("{cut")
    assert list(settle(home, first)) == ["day1.md"]
    assert list(settle(home, lecture(tmp_path / "2025"))) == ["2025/day1.md"]
