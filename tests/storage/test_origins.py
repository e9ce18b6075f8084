from __future__ import annotations

from pathlib import Path

from storage.layout import collection_folder
from storage.origins import ORIGINS, note_origins, taken_names
from storage.readers.discovery import FoundFile, find_files


def files(folder: Path, text: str = "text") -> list[FoundFile]:
    folder.mkdir(exist_ok=True)
    (folder / "day1.md").write_text(text)
    return find_files([folder]).files


def test_file_of_another_folder_with_a_known_name_is_refused_by_name(tmp_path: Path) -> None:
    home, first, second = tmp_path / "home", tmp_path / "2024", tmp_path / "2025"
    note_origins(home, "lectures", files(first))
    (taken,) = taken_names(home, "lectures", files(second))
    assert taken.source == "day1.md"
    assert str(first / "day1.md") in taken.reason
    assert str(second / "day1.md") in taken.reason
    assert taken_names(home, "others", files(second)) == []


def test_same_file_and_moved_folder_are_taken_as_before(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "2024"
    note_origins(home, "lectures", files(folder))
    assert taken_names(home, "lectures", files(folder, "changed")) == []
    folder.rename(tmp_path / "archive")
    moved = find_files([tmp_path / "archive"]).files
    assert taken_names(home, "lectures", moved) == []
    note_origins(home, "lectures", moved)
    assert len(taken_names(home, "lectures", files(folder))) == 1


def test_damaged_note_refuses_nothing_and_is_written_anew(tmp_path: Path) -> None:
    home, found = tmp_path / "home", files(tmp_path / "2024")
    note_origins(home, "lectures", found)
    note = collection_folder(home, "lectures") / ORIGINS
    note.write_text("{cut")
    assert taken_names(home, "lectures", files(tmp_path / "2025")) == []
    note_origins(home, "lectures", found)
    assert len(taken_names(home, "lectures", files(tmp_path / "2025"))) == 1
