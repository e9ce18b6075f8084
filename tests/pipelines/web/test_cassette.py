from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import YomitokiError
from pipelines.web.cassette import Cassette, CassetteSettings

ASKED = {"query": "堰", "region": "jp-jp"}


def recording(path: Path) -> Cassette:
    return Cassette(CassetteSettings(path=path, mode="record"))


def replaying(path: Path) -> Cassette:
    return Cassette(CassetteSettings(path=path))


def test_what_is_recorded_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "web.jsonl"
    cassette = recording(path)
    assert cassette.get(ASKED) is None
    cassette.add(ASKED, {"results": ["値\n"]})
    assert cassette.get(ASKED) == {"results": ["値\n"]}
    cassette.add({"url": "https://a.example/"}, 2)
    assert len(path.read_bytes().splitlines()) == 2
    for again in (replaying(path), recording(path)):
        assert again.get(ASKED) == {"results": ["値\n"]}
        assert again.get({"url": "https://a.example/"}) == 2


@pytest.mark.parametrize("asked", [{**ASKED, "region": "us-en"}, {"url": "https://b.example/"}])
def test_what_is_missing_is_an_error_in_replay(tmp_path: Path, asked: dict[str, str]) -> None:
    path = tmp_path / "web.jsonl"
    recording(path).add(ASKED, 1)
    with pytest.raises(YomitokiError, match=r"nothing is recorded for .*mode=record"):
        replaying(path).get(asked)


def test_a_missing_file_is_an_error_in_replay(tmp_path: Path) -> None:
    with pytest.raises(YomitokiError, match=r"web.jsonl: there is no such file: record it"):
        replaying(tmp_path / "web.jsonl")


def test_a_line_that_a_killed_process_left_half_is_recorded_again(tmp_path: Path) -> None:
    path = tmp_path / "web.jsonl"
    recording(path).add(ASKED, 1)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"asked": {"query": "\xe6')
    assert replaying(path).get(ASKED) == 1
    cassette = recording(path)
    assert path.read_bytes() == whole
    cassette.add({"query": "水門"}, 2)
    assert (replaying(path).get(ASKED), replaying(path).get({"query": "水門"})) == (1, 2)


@pytest.mark.parametrize("line", ["garbage", "[]", "{}", '{"asked": {}}', "1"])
def test_a_line_of_something_else_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "web.jsonl"
    recording(path).add(ASKED, 1)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(YomitokiError, match="line 2: no recording: delete the line"):
        replaying(path)


def test_a_file_that_cant_be_written_or_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(YomitokiError, match="can't be"):
        recording(tmp_path / "file" / "web.jsonl").add(ASKED, 1)
    with pytest.raises(YomitokiError, match="can't be read"):
        replaying(tmp_path)
