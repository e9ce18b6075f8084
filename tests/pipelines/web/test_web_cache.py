from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipelines.web.cache import WebCache

ASKED = {"query": "堰", "region": "jp-jp"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_an_entry_is_used_as_long_as_it_is_young(tmp_path: Path) -> None:
    clock = Clock()
    WebCache(tmp_path, 2, clock).put(ASKED, ["値"])
    clock.now += 2 * 86_400
    assert WebCache(tmp_path, 2, clock).get(ASKED) == ["値"]
    clock.now += 1
    assert WebCache(tmp_path, 2, clock).get(ASKED) is None
    assert WebCache(tmp_path, 3, clock).get(ASKED) == ["値"]
    clock.now = 999_999
    assert WebCache(tmp_path, 2, clock).get(ASKED) is None, "of a clock that was set back"


def test_another_question_or_setting_is_another_entry(tmp_path: Path) -> None:
    cache = WebCache(tmp_path, 1)
    cache.put(ASKED, 1)
    cache.put({**ASKED, "region": "us-en"}, 2)
    assert (cache.get(ASKED), cache.get({**ASKED, "region": "us-en"})) == (1, 2)
    assert cache.get({**ASKED, "query": "水門"}) is None
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"at": 1}', '{"at": "x", "asked": {}}', "\x00"])
def test_a_damaged_entry_is_none(tmp_path: Path, damage: str) -> None:
    cache = WebCache(tmp_path, 1)
    cache.put(ASKED, 1)
    [path] = tmp_path.iterdir()
    path.write_text(damage)
    assert cache.get(ASKED) is None
    cache.put(ASKED, 2)
    assert cache.get(ASKED) == 2


def test_an_entry_of_something_else_is_none(tmp_path: Path) -> None:
    """Two questions of one hash would share a file."""
    cache = WebCache(tmp_path, 1)
    cache.put(ASKED, 1)
    [path] = tmp_path.iterdir()
    entry = json.loads(path.read_text())
    path.write_text(json.dumps({**entry, "asked": {"query": "other"}}))
    assert cache.get(ASKED) is None


def test_old_files_are_deleted(tmp_path: Path) -> None:
    cache = WebCache(tmp_path, 1)
    cache.put(ASKED, 1)
    [old] = tmp_path.iterdir()
    os.utime(old, (0, 0))
    cache.put({"query": "水門"}, 2)
    assert not old.exists()
    assert cache.get({"query": "水門"}) == 2


def test_nothing_is_kept_without_days_or_a_folder(tmp_path: Path) -> None:
    for cache in (WebCache(tmp_path / "x", 0), WebCache(None, 1)):
        cache.put(ASKED, 1)
        assert cache.get(ASKED) is None
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cant_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "web").write_text("a file")
    cache = WebCache(tmp_path / "web", 1)
    cache.put(ASKED, 1)
    assert cache.get(ASKED) is None
