"""`transcript overlaps`: what recordings have in common, as lines, as a diff and as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app
from tests.storage.recordings.overlapping_transcripts import (
    OTHERWISE,
    SAID,
    overlapping,
    transcript,
)
from tools.commands.colour import print_coloured
from tools.output import Output


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))


@pytest.fixture
def lecture(tmp_path: Path) -> Path:
    path = tmp_path / "lecture.md"
    path.write_text(overlapping().text, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["transcript", "overlaps", *[str(a) for a in arguments]])


def test_a_line_a_stretch(lecture: Path) -> None:
    done = run(lecture)
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("前半 [00:")
    assert "–01:30] A, B = 後半 [00:00–01:" in line
    # Three of seven sentences lost letters in the second recording.
    assert "] X, Y: 7 sentences, 9" in line
    assert line.endswith("% alike; better: the first 3, the second 0")
    assert done.stderr == (
        "lecture.md: 2 recordings, 1 stretch in common, 7 sentences heard twice\n"
    )


def test_a_diff_marks_what_only_one_has_and_the_better_one(lecture: Path) -> None:
    lines = run(lecture, "--diff").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if "アユ" in line)
    assert lines[at].startswith("  * [")
    assert lines[at].endswith("] B  その結果[-アユ-]の漁獲量が三割ほど減ったという記録があります。")
    assert lines[at + 1].startswith("    [")
    assert lines[at + 1].endswith(
        "] X  その結果{+鮎+}の漁獲量が三割ほど減ったという記録があります。"
    )


def test_as_json(lecture: Path) -> None:
    done = run(lecture, "--json")
    result = json.loads(done.stdout)
    text = overlapping().text
    assert result["sources"] == ["lecture.md"]
    assert [(one["recording"], one["t_end"]) for one in result["recordings"]] == [
        ("a1b2c3d4", 90.0),
        ("e5f6a7b8", 100.0),
    ]
    (overlap,) = result["overlaps"]
    assert [pair["second"]["text"] for pair in overlap["pairs"]] == [
        OTHERWISE.get(number, SAID[number]) for number in range(2, 9)
    ]
    assert [pair["better"] for pair in overlap["pairs"]].count("first") == 3
    for pair in overlap["pairs"]:
        for side in ("first", "second"):
            span = pair[side]
            assert text[span["start_char"] : span["end_char"]] == span["text"]
            assert span["speakers"]


def test_recordings_of_several_files(tmp_path: Path) -> None:
    one, other = tmp_path / "front.md", tmp_path / "back.md"
    turns = [("A", 10 * n, 10 * n + 9, text) for n, text in enumerate(SAID)]
    one.write_text(transcript(("前", "a1b2c3d4", turns)).text, encoding="utf-8")
    other.write_text(transcript(("後", "e5f6a7b8", turns[3:])).text, encoding="utf-8")
    done = run(one, other)
    (line,) = done.stdout.splitlines()
    assert line.startswith("front.md: 前 [00:")
    assert "= back.md: 後 [00:" in line
    assert done.stderr.startswith("front.md, back.md: 2 recordings, 1 stretch in common")
    (overlap,) = json.loads(run(one, other, "--json").stdout)["overlaps"]
    assert (overlap["first"]["source"], overlap["second"]["source"]) == ("front.md", "back.md")
    assert run(one, one).stderr.startswith("front.md: one recording"), "named twice"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("見出しだけの文書です。\n", "no recording: nothing in it has times"),
        (
            transcript(("一", "a1b2c3d4", [("A", 0, 9, SAID[0]), ("B", 9, 12, SAID[1])])).text,
            "one recording: there is no other one to compare it with",
        ),
        (
            transcript(
                ("一", "a1b2c3d4", [("A", 0, 9, SAID[0])]),
                ("二", "e5f6a7b8", [("A", 0, 9, SAID[1])]),
            ).text,
            "2 recordings, none of which says what another one says",
        ),
    ],
)
def test_nothing_in_common_is_said(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(text, encoding="utf-8")
    done = run(path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert told in done.stderr
    assert json.loads(run(path, "--json").stdout)["overlaps"] == []


def test_a_folder_and_a_missing_file_are_wrong(tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == 2
    assert run(tmp_path / "none.md").exit_code == 2


def test_names_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(overlapping().text.replace("前半", "前\x1b[2J半"), encoding="utf-8")
    for options in ((), ("--diff",)):
        assert "\x1b" not in run(path, *options).stdout


def test_colour_stands_for_the_marks() -> None:
    shown = io.StringIO()
    print_coloured(Output(shown, io.StringIO()), [("あ", ""), ("い", "red")])
    assert shown.getvalue() == "あい\n", "no terminal, no colour"
