"""`transcript topics` on a transcript of ours, and on what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app

RIVER = ("川の堰と魚道を見ます。", "魚は堰を越えて川を上ります。")
MODEL = ("強化学習の報酬を決めます。", "報酬が学習の結果を変えます。")


@pytest.fixture
def lecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))
    path = tmp_path / "lecture.srt"
    said = [*RIVER * 4, *MODEL * 4]
    path.write_text(
        "\n".join(
            f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\n{text}\n"
            for n, text in enumerate(said)
        ),
        encoding="utf-8",
    )
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["transcript", "topics", *[str(a) for a in arguments]])


def test_what_is_shown(lecture: Path) -> None:
    done = run(lecture, "--terms", "2")
    assert done.exit_code == 0, done.stderr
    first, second = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert first.startswith("[00:00–00:08] ")
    assert "魚道" in first
    assert second.startswith("[00:08–00:16] ")
    assert "報酬" in second
    assert "2 topics" in done.stderr


def test_json_says_where_and_when(lecture: Path) -> None:
    (recording,) = json.loads(run(lecture, "--json").stdout)["recordings"]
    first, second = recording["topics"]
    assert (first["t_start"], first["t_end"], first["sentences"]) == (0.0, 8.0, 8)
    assert (second["t_start"], second["t_end"], second["sentences"]) == (8.0, 16.0, 8)
    assert first["end_char"] <= second["start_char"]


def test_a_text_without_times_is_told(lecture: Path) -> None:
    plain = lecture.with_suffix(".txt")
    plain.write_text("堰の話です。", encoding="utf-8")
    done = run(plain)
    assert (done.exit_code, "nothing in it has times" in done.stderr) == (1, True)
