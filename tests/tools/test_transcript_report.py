"""`transcript report` on a transcript of ours, and on what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app

SRT = (
    "1\n00:00:01,000 --> 00:00:09,000\n山田: どれがいいかなっいうふうに思います。\n\n"
    "2\n00:01:00,000 --> 00:01:09,000\n佐藤: 来年の春に堰の工事が始まります。\n"
)


@pytest.fixture
def lecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))
    path = tmp_path / "lecture.srt"
    path.write_text(SRT, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["transcript", "report", *[str(a) for a in arguments]])


def test_what_is_shown(lecture: Path) -> None:
    done = run(lecture, "--minutes", "1")
    assert done.exit_code == 0, done.stderr
    assert "01:09, 2 turns\n" in done.stdout
    assert "nothing heard: 00:09–01:00" in done.stdout
    assert "00:00–01:00" in done.stdout
    assert "least likely:" in done.stdout


def test_json(lecture: Path) -> None:
    (recording,) = json.loads(run(lecture, "--json", "--most", "1").stdout)["recordings"]
    assert recording["pauses"] == [[9.0, 60.0]]
    assert [region["repairs"] for region in recording["regions"]] == [1]
    assert len(recording["suspicions"]) == 1


def test_what_sounds_like_a_term_of_the_glossary(lecture: Path) -> None:
    terms = lecture.with_name("terms.yaml")
    terms.write_text("- {term: 統治, misheard: [工事]}\n", encoding="utf-8")
    done = run(lecture, "--glossary", terms)
    # Letter 11 of 20 of a cue that lasts from 60 to 69 s: 64.95 s.
    assert " *[01:04] 工事: 統治, 100% alike" in done.stdout, done.stderr
    (recording,) = json.loads(run(lecture, "--json", "--glossary", terms).stdout)["recordings"]
    (one,) = recording["sounds_like"]
    assert (one["text"], one["term"], one["sure"]) == ("工事", "統治", True)
    missing = run(lecture, "--glossary", lecture.with_name("none.yaml"))
    assert (missing.exit_code, "none.yaml" in missing.stderr) == (2, True)


def test_a_text_without_times_is_told(lecture: Path) -> None:
    plain = lecture.with_suffix(".txt")
    plain.write_text("堰の話です。", encoding="utf-8")
    done = run(plain)
    assert (done.exit_code, "nothing in it has times" in done.stderr) == (1, True)
