"""`transcript clean`: text, diff, JSON, what is taken back, and what a wrong call is told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app
from storage.cleaning.edit import Edit
from tools.commands.edit_display import edits_in_lines, show_edits
from tools.output import Output

TEXT = (
    "# ＡＩ講義\n\n🎤 A [0s - 9s]\nえー、ＧＰＴを使うことによっ よって、\n使用し\nました。\n\n"
    "🎤 B [9s - 12s]\n五百億です。\n"
)

NONE = {"unicode": 0, "line_joins": 0, "dropped_kana": 0, "grammar_gaps": 0}


@pytest.fixture
def lecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))
    path = tmp_path / "lecture.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["transcript", "clean", *[str(a) for a in arguments]])


def test_the_cleaned_text_is_printed(lecture: Path) -> None:
    done = run(lecture)
    assert done.exit_code == 0
    assert done.stdout == TEXT.replace("Ｇ", "G").replace("Ｐ", "P").replace("Ｔ", "T").replace(
        "よっ よって", "よって"
    ).replace("し\nま", "しま")
    assert done.stderr == (
        "lecture.md: 3 edits (unicode 1, line_joins 2, dropped_kana 0, grammar_gaps 0); "
        f"{len(TEXT)} characters became {len(TEXT) - len(' よっ') - 1}\n"
    )
    assert lecture.read_text(encoding="utf-8") == TEXT


def test_a_diff_says_line_was_is_step_and_reason(lecture: Path) -> None:
    done = run(lecture, "--diff", "--steps", "all")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "4  [-えー、-]ＧＰＴを使うことによっ よっ  fillers: filler set off by commas",
        "4  えー、[-ＧＰＴ-]{+GPT+}を使うことによっ よって、"
        "  unicode: full-width letters or digits in their usual width",
        "4  えー、ＧＰＴを使うことによっ[-␣よっ-]て、"
        "  line_joins: cut word repeated over a line break",
        "5  使用し[-⏎-]ました。  line_joins: word cut by a line break",
        "9  五百億{+（500億）+}です。  numbers: digits added to a number in kanji",
    ]


def test_edits_as_json(lecture: Path) -> None:
    result = json.loads(run(lecture, "--json", "--steps", "line_joins,numbers").stdout)
    assert result["source"] == "lecture.md"
    assert result["characters"] == len(TEXT)
    assert result["steps"] == {"line_joins": 2, "numbers": 1}
    for edit in result["edits"]:
        assert TEXT[edit["start"] : edit["end"]] == edit["was"]
    assert [(edit["line"], edit["was"], edit["is"], edit["step"]) for edit in result["edits"]] == [
        (4, " よっ", "", "line_joins"),
        (5, "\n", "", "line_joins"),
        (9, "", "（500億）", "numbers"),
    ]
    assert "五百億（500億）です" in result["text"]


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        (["--reject", "unicode"], {**NONE, "line_joins": 2}),
        (["--accept", "unicode"], {**NONE, "unicode": 1}),
        (["--accept", "unicode,line_joins"], {**NONE, "unicode": 1, "line_joins": 2}),
        (["--steps", "numbers,unicode", "--reject", "unicode"], {"numbers": 1, "unicode": 0}),
    ],
)
def test_edits_of_a_step_are_kept_or_taken_back(
    lecture: Path, options: list[str], steps: dict[str, int]
) -> None:
    assert json.loads(run(lecture, "--json", *options).stdout)["steps"] == steps


def test_a_glossary_corrects_what_is_sure_and_proposes_the_rest(
    lecture: Path, tmp_path: Path
) -> None:
    terms = tmp_path / "terms.yaml"
    terms.write_text("- 強化学習\n- コード\n", encoding="utf-8")
    lecture.write_text("教科学習では、その高度を読みます。\n", encoding="utf-8")
    done = run(lecture, "--glossary", terms, "--diff")
    assert done.stdout.splitlines() == [
        "1  [-教科学習-]{+強化学習+}では、その高度を読みます。"
        "  glossary: sounds like 強化学習 of the glossary (the same)",
        "",
        "only proposed:",
        "1  教科学習では、その[-高度-]{+コード+}を読みます。"
        "  glossary: sounds like コード (100% alike)",
    ]
    assert "; 1 only proposed" in done.stderr
    result = json.loads(run(lecture, "--glossary", terms, "--json").stdout)
    assert result["steps"] == {**NONE, "glossary": 1}
    assert [(one["was"], one["is"]) for one in result["proposals"]] == [("高度", "コード")]
    assert result["text"] == "強化学習では、その高度を読みます。\n"
    kept = json.loads(run(lecture, "--glossary", terms, "--json", "--reject", "glossary").stdout)
    assert kept["text"] == lecture.read_text(encoding="utf-8")
    missing = run(lecture, "--glossary", tmp_path / "none.yaml")
    assert (missing.exit_code, "none.yaml: cannot be read" in missing.stderr) == (2, True)


def test_the_text_is_written_to_a_file(lecture: Path) -> None:
    out = lecture.with_name("clean.md")
    done = run(lecture, "--out", out)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert f"written to {out}" in done.stderr
    assert "よって、\n使用しました。" in out.read_bytes().decode("utf-8")
    assert sorted(path.name for path in lecture.parent.iterdir()) == ["clean.md", "lecture.md"]


def test_encodings_marks_and_line_ends_are_read_as_ingest_reads_them(lecture: Path) -> None:
    for data in (
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("🎤 ", "").replace("\n", "\r\n").encode("cp932"),
    ):
        lecture.write_bytes(data)
        done = run(lecture)
        assert done.exit_code == 0, done.stderr
        assert "GPTを使うことによって、\n使用しました。\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (
            ["--steps", "line_join"],
            2,
            "--steps: unknown step 'line_join'. Did you mean 'line_joins'?",
        ),
        (["--reject", "filler"], 2, "Known: unicode, line_joins, dropped_kana, grammar_gaps, "),
        (
            ["--accept", "fillers"],
            2,
            "not among the steps that run (unicode, line_joins, dropped_kana, grammar_gaps)",
        ),
        (["--accept", "unicode", "--reject", "unicode"], 2, "unicode: can't be both"),
        (["--steps", ","], 2, "--steps: names none"),
        (["--out", "no/such/folder.md"], 1, "cannot be written (no such file or directory)"),
    ],
)
def test_a_wrong_option_is_told(lecture: Path, arguments: list[str], code: int, told: str) -> None:
    done = run(lecture, *arguments)
    assert done.exit_code == code
    assert told in done.stderr
    assert done.stdout == ""


def test_a_file_that_cannot_be_read_is_named(lecture: Path) -> None:
    missing = run(lecture.with_name("none.md"))
    assert (missing.exit_code, "does not exist" in missing.stderr) == (2, True)
    lecture.write_bytes(b"")
    empty = run(lecture)
    assert empty.exit_code == 1
    assert "lecture.md: empty file (0 bytes): nothing to read" in empty.stderr
    folder = run(lecture.parent)
    assert (folder.exit_code, "is a folder: give one file" in folder.stderr) == (2, True)


def test_the_file_itself_is_never_written(lecture: Path) -> None:
    done = run(lecture, "--out", lecture)
    assert done.exit_code == 2
    assert "is the file itself: name another one" in done.stderr
    assert lecture.read_text(encoding="utf-8") == TEXT


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


TWO_LINES = "一行目\n変えることに よって\n"
SHOWN = (Edit(10, 11, " ", "", "line_joins", "cut"),)


def test_colour_is_for_terminals_and_no_color_is_respected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = _Screen()
    show_edits(Output(screen, io.StringIO()), TWO_LINES, SHOWN)
    assert "\x1b[" in screen.getvalue()
    assert "[-" not in screen.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    for stream in (_Screen(), io.StringIO()):
        show_edits(Output(stream, io.StringIO()), TWO_LINES, SHOWN)
        assert stream.getvalue() == "2  変えることに[-␣-]よって  line_joins: cut\n"


def test_what_documents_hold_is_shown_and_not_obeyed() -> None:
    text = "\x1b[2J\u202eＡ"
    stream = io.StringIO()
    edits = [Edit(0, 4, text[:4], "", "unicode", "control")]
    show_edits(Output(stream, io.StringIO()), text, edits)
    assert stream.getvalue() == "1  [-\\x1b[2J-]\\u202eＡ  unicode: control\n"


def test_an_edit_over_a_line_break_belongs_to_the_line_where_it_begins() -> None:
    text = "使用し\nました\n次"
    (shown,) = edits_in_lines(text, [Edit(3, 4, "\n", "", "a", "b")])
    assert (shown.line, shown.before, shown.behind) == (1, "使用し", "ました")
