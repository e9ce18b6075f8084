from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from evals.stage_cache import StageCache, stage_key
from pipelines.errors import YomitokiError


def test_a_result_is_there_for_the_next_process(tmp_path: Path) -> None:
    with StageCache(tmp_path / "c" / "r.sqlite") as cache:
        assert cache.get("k") is None
        cache.put("k", "answer", {"text": "川\ud800", "n": [1, None]})
    with StageCache(tmp_path / "c" / "r.sqlite") as cache:
        assert cache.get("k") == {"text": "川?", "n": [1, None]}


def test_the_same_key_stays_the_same_bytes(tmp_path: Path) -> None:
    with StageCache(tmp_path / "r.sqlite") as cache:
        cache.put("k", "answer", 1)
        cache.put("k", "answer", 2)
        assert cache.get("k") == 1


def test_what_was_put_is_on_disk_before_the_file_is_closed(tmp_path: Path) -> None:
    with StageCache(tmp_path / "r.sqlite") as cache:
        cache.put("k", "answer", 1)
        other = sqlite3.connect(tmp_path / "r.sqlite")
        assert other.execute("SELECT key, stage FROM results").fetchall() == [("k", "answer")]
        other.close()


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").write_text("this is no database, and long enough to be read as none")
    with pytest.raises(YomitokiError, match=r"r\.sqlite: the cache of results can't be opened"):
        StageCache(tmp_path / "r.sqlite")


def test_a_key_changes_with_its_stage_and_every_input() -> None:
    keys = {
        stage_key("answer", "q", {"a": 1}),
        stage_key("search", "q", {"a": 1}),
        stage_key("answer", "p", {"a": 1}),
        stage_key("answer", "q", {"a": 2}),
        stage_key("answer", "q", {"a": 1}, None),
    }
    assert len(keys) == 5
    assert stage_key("answer", {"b": 1, "a": 2}) == stage_key("answer", {"a": 2, "b": 1})
