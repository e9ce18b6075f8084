"""Which files are found, under which names, and what is left out."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ConfigError
from storage.readers.discovery import FoundFiles, find_files
from storage.readers.source_names import distinct_sources, safe_name

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs links and special files")


def write(path: Path, text: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def sources(found: FoundFiles) -> list[str]:
    return [file.source for file in found.files]


def reasons(found: FoundFiles) -> dict[str, str]:
    return {entry.name: entry.kind for entry in found.skipped}


def test_a_folder_gives_paths_below_it_and_a_file_its_name(tmp_path: Path) -> None:
    write(tmp_path / "in" / "b.txt")
    write(tmp_path / "in" / "深い" / "層" / "a.md")
    single = write(tmp_path / "other" / "single.pdf")
    found = find_files([tmp_path / "in", single])
    assert sources(found) == ["b.txt", "single.pdf", "深い/層/a.md"]
    assert found.files[2].path == tmp_path / "in" / "深い" / "層" / "a.md"
    assert found.files[2].extension == ".md"
    assert (found.skipped, found.notes) == ([], {})


def test_relative_paths_and_trailing_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "docs" / "a.txt")
    monkeypatch.chdir(tmp_path)
    assert sources(find_files([Path("docs")])) == ["a.txt"]
    assert sources(find_files([Path("docs/../docs/a.txt")])) == ["a.txt"]
    assert sources(find_files([Path(".")])) == ["docs/a.txt"]


@pytest.mark.parametrize("name", ["missing", "bad\x1bname", "nul\0"])
def test_a_missing_path_is_a_wrong_argument(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="give an existing file or folder") as caught:
        find_files([tmp_path / name])
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == 2


def test_nothing_given_is_a_wrong_argument() -> None:
    with pytest.raises(ConfigError, match="at least one"):
        find_files([])


def test_hidden_entries_are_left_out_unless_given(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "config.txt")
    write(tmp_path / ".note.md")
    write(tmp_path / "~$letter.docx")
    write(tmp_path / "a.txt")
    found = find_files([tmp_path])
    assert sources(found) == ["a.txt"]
    assert reasons(found) == dict.fromkeys([".git", ".note.md", "~$letter.docx"], "hidden")
    assert sources(find_files([tmp_path / ".git"])) == ["config.txt"]
    assert sources(find_files([tmp_path / ".note.md"])) == [".note.md"]


@POSIX
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside" / "secret.txt")
    folder = tmp_path / "in"
    write(folder / "a.txt")
    (folder / "file.txt").symlink_to(secret)
    (folder / "dir").symlink_to(secret.parent, target_is_directory=True)
    (folder / "relative.txt").symlink_to("../outside/secret.txt")
    found = find_files([folder])
    assert sources(found) == ["a.txt"]
    assert reasons(found) == {"file.txt": "link", "dir": "link", "relative.txt": "link"}
    assert all("not followed" in entry.reason for entry in found.skipped)


@POSIX
def test_links_that_lead_to_themselves_or_nowhere_end(tmp_path: Path) -> None:
    write(tmp_path / "sub" / "a.txt")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "broken.txt").symlink_to("no-such-file.txt")
    found = find_files([tmp_path])
    assert sources(found) == ["sub/a.txt"]
    assert reasons(found) == dict.fromkeys(["loop", "sub/up", "broken.txt"], "link")
    with pytest.raises(ConfigError):
        find_files([tmp_path / "loop"])


@POSIX
def test_a_link_within_the_folder_is_read_once(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    (tmp_path / "again.txt").symlink_to("a.txt")
    write(tmp_path / ".store" / "8c1f")
    (tmp_path / "named.md").symlink_to(".store/8c1f")
    found = find_files([tmp_path])
    assert sources(found) == ["a.txt", "named.md"]
    assert reasons(found) == {"again.txt": "repeated", ".store": "hidden"}
    assert found.files[1].path == (tmp_path / ".store" / "8c1f").resolve()


@POSIX
def test_a_link_that_was_given_is_followed(tmp_path: Path) -> None:
    target = write(tmp_path / "data" / "a.txt")
    (tmp_path / "folder").symlink_to(target.parent, target_is_directory=True)
    (tmp_path / "latest.txt").symlink_to(target)
    assert sources(find_files([tmp_path / "folder"])) == ["a.txt"]
    assert sources(find_files([tmp_path / "latest.txt"])) == ["latest.txt"]


@POSIX
def test_special_files_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    write(tmp_path / "a.txt")
    with socket.socket(socket.AF_UNIX) as endpoint:
        os.chdir(tmp_path)  # the path of a socket must be short
        endpoint.bind("sock.txt")
        found = find_files([tmp_path])
    assert sources(found) == ["a.txt"]
    assert reasons(found) == {"pipe.txt": "special", "sock.txt": "special"}
    assert find_files([tmp_path / "pipe.txt"]).skipped[0].reason.startswith("a pipe")
    assert find_files([Path("/dev/zero")]).skipped[0].reason.startswith("a device")


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="everything is readable for root"
)
def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    locked = tmp_path / "sub" / "locked"
    locked.mkdir(parents=True)
    locked.chmod(0)
    try:
        found = find_files([tmp_path])
        assert sources(found) == ["a.txt"]
        assert reasons(found) == {"sub/locked": "unlisted"}
        assert found.unlisted == ["sub/locked"]
        with pytest.raises(ConfigError, match="cannot be listed"):
            find_files([locked])
    finally:
        locked.chmod(0o755)


@POSIX
def test_names_that_fool_a_terminal_are_escaped(tmp_path: Path) -> None:
    odd = [
        b"bad\x1b[31m.txt",
        b"new\nline.txt",
        "rtl\u202etxt.exe.md".encode(),
        b"sjis\x93\xfa.txt",
    ]
    for name in odd:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as stream:
            stream.write(b"text")
    found = find_files([tmp_path])
    assert sources(found) == [
        "bad\\x1b[31m.txt",
        "new\\x0aline.txt",
        "rtl\\u202etxt.exe.md",
        "sjis\\udc93\\udcfa.txt",
    ]
    assert all(source.isprintable() and source.encode() for source in sources(found))


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    first = write(tmp_path / "2024" / "day1.md")
    second = write(tmp_path / "2025" / "day1.md")
    write(tmp_path / "2025" / "day2.md")
    found = find_files([first.parent, second.parent])
    assert sources(found) == ["2024/day1.md", "2025/day1.md", "day2.md"]
    assert find_files([second.parent, first.parent]) == found
    assert sorted(found.notes) == ["2024/day1.md", "2025/day1.md"]
    assert sources(find_files([first, second])) == ["2024/day1.md", "2025/day1.md"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path / "sub" / "a.txt")
    assert sources(find_files([tmp_path, tmp_path / "sub", file, file])) == ["sub/a.txt"]
    assert sources(find_files([file, tmp_path])) == ["sub/a.txt"]


def test_the_shorter_names_may_collide_in_turn() -> None:
    files = [Path("/a/x/n.md"), Path("/b/x/n.md"), Path("/c/n.md")]
    assert distinct_sources([(f, 1) for f in files]) == ["a/x/n.md", "b/x/n.md", "c/n.md"]


@given(st.lists(st.text(st.sampled_from("ab\\x1\x1b\n日"), min_size=1, max_size=6), unique=True))
def test_different_names_stay_different(names: list[str]) -> None:
    safe = [safe_name(name) for name in names]
    assert len(set(safe)) == len(names)
    assert all(name.isprintable() for name in safe)
