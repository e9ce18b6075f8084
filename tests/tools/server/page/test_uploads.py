"""Files from browsers: their names, their limits, and where they lie."""

from __future__ import annotations

import asyncio
import io
import os
import time
from pathlib import Path

import pytest
from starlette.datastructures import UploadFile

from tools.server.failures import ApiError
from tools.server.page.uploads import (
    LONGEST_FILE,
    MOST_FILES,
    STAGED,
    Staging,
    clear_leftovers,
    file_name,
    folder_name,
)

READ = (".md", ".txt", ".pdf")


def upload(name: str, content: bytes = b"text", size: int | None = None) -> UploadFile:
    return UploadFile(
        io.BytesIO(content), filename=name, size=len(content) if size is None else size
    )


def lying(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes.md", "notes.md"),
        ("講義 第三回.MD", "講義 第三回.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        ("..md.txt", "md.txt"),
        (".hidden.md", "hidden.md"),
        ("a\u202egpj.md", "agpj.md"),
        ("a\x1b[31m\x00\n.md", "a[31m.md"),
        ("\u304b\u3099.md", "\u304c.md"),  # か and its voicing mark, which macOS sends apart
        ("<img src=x onerror=alert(1)>.md", "<img src=x onerror=alert(1)>.md"),
        ("  a .md", "a.md"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert file_name(given, READ) == kept


@pytest.mark.parametrize(
    "given",
    ["", ".md", "notes", "run.exe", "notes.md/", "notes.md.exe", "\u202e.md", "..", "a/.md"],
)
def test_what_is_no_name_or_no_type_that_is_read_is_refused(given: str) -> None:
    with pytest.raises(ApiError) as refused:
        file_name(given, READ)
    assert refused.value.status == 415


def test_a_long_name_is_cut_between_characters() -> None:
    name = file_name("あ" * 300 + ".md", READ)
    assert name == "あ" * 59 + ".md", "180 bytes, less 3 for the ending, at 3 a character"
    assert len(name.encode()) <= 180


def test_files_are_kept_until_the_page_goes(tmp_path: Path) -> None:
    staging = Staging(tmp_path, READ)
    page = staging.page()
    assert staging.of(page.ticket) is page
    assert asyncio.run(page.take(upload("../a.md", b"one"))) == "a.md"
    asyncio.run(page.take(upload("b.txt", b"two!")))
    assert (page.names, page.bytes, staging.bytes) == (["a.md", "b.txt"], 7, 7)
    assert lying(tmp_path) == ["a.md", "b.txt"]
    page.remove("b.txt")
    assert lying(tmp_path) == ["a.md"]
    page.drop()
    assert lying(tmp_path) == []
    assert staging.bytes == 0
    with pytest.raises(ApiError, match="its page is gone"):
        staging.of(page.ticket)


def test_moving_puts_them_into_the_folder_of_the_collection(tmp_path: Path) -> None:
    page = Staging(tmp_path, READ).page()
    for content in (b"old", b"new"):
        asyncio.run(page.take(upload("a.md", content)))
        [path] = page.move("会議")
    assert path == tmp_path / "uploads" / folder_name("会議") / "a.md"
    assert path.read_bytes() == b"new"
    assert page.names == []
    assert lying(tmp_path) == ["a.md"]


def test_limits_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = Staging(tmp_path, READ)
    page = staging.page()
    with pytest.raises(ApiError, match="too long"):
        asyncio.run(page.take(upload("a.md", size=LONGEST_FILE + 1)))
    asyncio.run(page.take(upload("a.md")))
    with pytest.raises(ApiError, match="is there already"):
        asyncio.run(page.take(upload("./a.md")))
    monkeypatch.setattr("tools.server.page.uploads.MOST_STAGED", 6)
    with pytest.raises(ApiError, match="too much waits"):
        asyncio.run(staging.page().take(upload("b.md")))
    for n in range(MOST_FILES - 1):
        asyncio.run(page.take(upload(f"{n}.md", b"")))
    with pytest.raises(ApiError, match="at most 200 files"):
        asyncio.run(page.take(upload("more.md", b"")))


def test_a_name_leads_to_one_folder_below_uploads() -> None:
    names = ["default", "会議", "議会", "../..", "a/b", "a-b", "\u304b\u3099", "x" * 300]
    folders = {folder_name(name) for name in names}
    assert len(folders) == len(names)
    assert all(Path(folder).name == folder and not folder.startswith(".") for folder in folders)
    assert folder_name("\u304b\u3099") == folder_name("\u304c")


def test_old_leftovers_are_removed_and_new_ones_are_somebodys(tmp_path: Path) -> None:
    old, new = (tmp_path / "uploads" / f"{STAGED}{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "a.md").write_text("x")
    os.utime(old, (time.time() - 90_000,) * 2)
    clear_leftovers(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
