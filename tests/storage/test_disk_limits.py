"""A disk that is full or can't be written; the tests mount small ones, and skip if they can't."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from storage_doubles import (
    Shelf,
    SpaceTokenizerSettings,
    assert_searches_exactly,
    clustered_vector,
)

from pipelines.errors import YomitokiError
from pipelines.word_index import WordIndex
from storage.disk_errors import disk_errors, need_free_space
from storage.doctor import check_collection
from storage.listing import drop_collection, list_collections

FILES = {f"{n}.md": "\n".join(f"文{n}の{k}" for k in range(20)) for n in range(10)}
CHANGED = {**FILES, "0.md": "\n".join(f"新しい文{k}" for k in range(40))}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    yield from mounted(disk, "size=40m")


def mounted(disk: Path, options: str) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, leave_bytes: int = 0) -> None:
    """Fill the disk up to `leave_bytes`."""
    ballast = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(ballast, bytes(4096))
    os.ftruncate(ballast, max(os.fstat(ballast).st_size - leave_bytes, 0))
    os.close(ballast)


@pytest.mark.parametrize(
    "step", ["staged", "upserted", "verified", "flipped", "purged", "index_closed"]
)
def test_a_disk_that_fills_at_any_step(small_disk: Path, step: str) -> None:
    shelf = Shelf(small_disk)
    shelf.ingest(FILES)
    started = time.monotonic()
    with pytest.raises(YomitokiError, match=r"the disk is full: free some space, then run the sa"):
        shelf.ingest(CHANGED, at_step=lambda at: fill(small_disk) if at == step else None)
    assert time.monotonic() - started < 5
    held = CHANGED if step in ("flipped", "purged", "index_closed") else FILES
    assert_searches_exactly(shelf, held, through_index=False, every=20)
    with shelf.open() as collection:
        assert collection.search_words(WordIndex(SpaceTokenizerSettings()), "文3の4", 3)
    with pytest.raises(YomitokiError, match="the disk is full"):
        shelf.ingest(CHANGED)
    (small_disk / "ballast").unlink()
    report = shelf.ingest(CHANGED)
    assert report.embeddings == 0
    assert_searches_exactly(shelf, CHANGED, through_index=True, every=20)


def test_a_nearly_full_disk_is_refused_before_anything_is_written(small_disk: Path) -> None:
    shelf = Shelf(small_disk)
    shelf.ingest(FILES)
    fill(small_disk, leave_bytes=4_000_000)
    state = shelf.index_state()
    with pytest.raises(
        YomitokiError, match=r"[34] MB free, this step needs \d+ MB: free some space, then run"
    ):
        shelf.ingest(CHANGED)
    assert shelf.index_state() == state
    assert_searches_exactly(shelf, FILES, through_index=True, every=20)
    (disk,) = [c for c in check_collection(small_disk, shelf.name) if c.name == "disk"]
    assert not disk.ok
    assert disk.remedy == "free some space"


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Shelf]:
    """A home with a collection, on a disk that can't be written any more."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for mounted_disk in mounted(disk, "size=80m"):
        Shelf(disk).ingest(FILES)
        # Chroma's threads may hold a file open for a moment longer: the disk is busy then.
        for wait in (0.0, 0.5, 2.0, 5.0):
            time.sleep(wait)
            gc.collect()
            done = subprocess.run(["mount", "-o", "remount,ro", str(mounted_disk)], check=False)
            if done.returncode == 0:
                break
        assert done.returncode == 0, "the disk stays busy"
        yield Shelf(disk)


def test_a_read_only_home_is_searched(read_only: Shelf) -> None:
    assert_searches_exactly(read_only, FILES, through_index=True, every=20)
    with read_only.open() as collection:
        hits = collection.search_words(WordIndex(SpaceTokenizerSettings()), "文3の4", 3)
        assert [node.text for node in collection.nodes([i for i, _ in hits])] == ["文3の4"]
    assert [summary.problem for summary in list_collections(read_only.home)] == [""]
    assert all(check.ok for check in check_collection(read_only.home, read_only.name))


def test_a_read_only_home_is_not_written(read_only: Shelf) -> None:
    message = "not writable: choose a folder you may write to with --home or \\$YOMITOKI_HOME$"
    with pytest.raises(YomitokiError, match=message):
        read_only.ingest(CHANGED)
    with pytest.raises(YomitokiError, match=message):
        Shelf(read_only.home, "new").ingest(FILES)
    with pytest.raises(YomitokiError, match=message):
        drop_collection(read_only.home, read_only.name)


def test_a_file_in_the_place_of_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("", encoding="utf-8")
    with pytest.raises(YomitokiError, match="home"):
        Shelf(home).ingest(FILES)
    with pytest.raises(YomitokiError, match="not found"):
        Shelf(home).open()
    assert list_collections(home) == []


def test_os_errors_name_the_place_and_the_remedy(tmp_path: Path) -> None:
    for number, message in [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "not writable"),
        (errno.EACCES, "not writable"),
        (errno.EIO, "Input/output error"),
    ]:
        with pytest.raises(YomitokiError, match=f"{tmp_path}: {message}"), disk_errors(tmp_path):
            raise OSError(number, os.strerror(number))


def test_free_space_is_asked_of_the_disk(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    need_free_space(tmp_path, 0)
    with pytest.raises(YomitokiError, match="MB free, this step needs"):
        need_free_space(tmp_path, free)


def test_searching_a_full_disk_needs_no_room(small_disk: Path) -> None:
    shelf = Shelf(small_disk)
    shelf.ingest(FILES)
    fill(small_disk)
    assert_searches_exactly(shelf, FILES, through_index=True, every=20)
    with shelf.open() as collection:
        with collection.snapshot():
            assert len(collection.search_vectors(clustered_vector("x"), 5)) == 5
        (small_disk / "ballast").unlink()
        shelf.ingest(CHANGED)
        ((node_id, _),) = collection.search_vectors(clustered_vector("新しい文7"), 1)
        assert collection.nodes([node_id])[0].text == "新しい文7"
