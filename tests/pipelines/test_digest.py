"""Digests that are computed once and believed only while size and time stay."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipelines.digest import (
    checked_digest,
    note_digest,
    noted_digest,
    read_json_object,
    sha256_of,
    write_json,
)


def test_sha256_of_a_file_and_the_bytes_it_counts(tmp_path: Path) -> None:
    path = tmp_path / "f"
    data = bytes(range(256)) * 5000
    path.write_bytes(data)
    counted: list[int] = []
    assert sha256_of(path, counted.append) == hashlib.sha256(data).hexdigest()
    assert sum(counted) == 1_280_000


def test_a_noted_digest_is_believed_until_size_or_time_change(tmp_path: Path) -> None:
    path, marker = tmp_path / "f", tmp_path / "marker.json"
    path.write_bytes(b"one")
    note_digest(path, "claimed", marker)
    assert checked_digest(path, marker) == "claimed"
    os.utime(path, ns=(1, 1))
    assert noted_digest(path, marker) is None
    assert checked_digest(path, marker) == hashlib.sha256(b"one").hexdigest()
    assert noted_digest(path, marker) == hashlib.sha256(b"one").hexdigest()


def test_a_damaged_or_foreign_marker_is_ignored(tmp_path: Path) -> None:
    path, marker = tmp_path / "f", tmp_path / "marker.json"
    path.write_bytes(b"one")
    for text in ("{", "[]", '{"x": 1}', f'{{"{path}": 3}}', f'{{"{path}": {{"sha256": 5}}}}'):
        marker.write_text(text)
        assert checked_digest(path, marker) == hashlib.sha256(b"one").hexdigest()


def test_a_marker_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"one")
    (tmp_path / "file").write_text("")
    marker = tmp_path / "file" / "marker.json"
    assert checked_digest(path, marker) == hashlib.sha256(b"one").hexdigest()
    assert checked_digest(path, None) == hashlib.sha256(b"one").hexdigest()


def test_json_written_is_json_read_and_no_temporary_stays(tmp_path: Path) -> None:
    write_json(tmp_path / "sub" / "a.json", {"é": [1]})
    assert read_json_object(tmp_path / "sub" / "a.json") == {"é": [1]}
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["a.json"]
    assert read_json_object(tmp_path / "none.json") == {}
