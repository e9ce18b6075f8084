"""The chat as a person and as a pipe meets it: a real process, a scripted engine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_main import ATTACK
from terminal import SCRIPTED_MAIN, Terminal

if sys.platform == "win32":
    pytest.skip("needs a Unix terminal", allow_module_level=True)

PROMPT = "\x1b[0m>"
# What a terminal would act on, beyond moving and colouring: OSC, 8-bit CSI, direction marks.
DANGEROUS = re.compile("\x1b\\]|\x9b|\x9d|\u202e|\u2066|\x07|\x1b\\[2J(?=safe)")


@pytest.fixture(scope="module")
def sessions() -> Iterator[list[Terminal]]:
    """The chat that the last test left open, if it stands at its prompt."""
    left: list[Terminal] = []
    yield left
    for terminal in left:
        terminal.enter("/quit")
        assert terminal.exit_code() == 0
        terminal.__exit__(None, None, None)


@pytest.fixture
def terminal(sessions: list[Terminal], tmp_path: Path) -> Iterator[Terminal]:
    """A chat at its prompt that remembers nothing; a test ends it, or leaves it at its prompt."""
    running = sessions.pop() if sessions else Terminal("chat", home=tmp_path)
    running.enter("/reset")
    running.expect("forgotten")
    running.expect(PROMPT)
    yield running
    if running.ended:
        running.__exit__(None, None, None)
    else:
        sessions.append(running)


def test_streamed_answer_sources_and_commands(terminal: Terminal) -> None:
    terminal.enter("/sources")
    terminal.expect("no answer with sources yet")
    terminal.expect(PROMPT)
    terminal.enter("報酬は？")
    shown = terminal.expect("100 tokens read, 7 written")
    assert "rerank" in shown, "the running stage is named"
    assert "こたえは42です。\r\n" in shown
    assert "[1] 講義.md p.1: 報酬は設計者が決める。 二行目。" in shown
    terminal.expect(PROMPT)
    terminal.enter("/sources")
    terminal.expect("[1] 講義.md p.1\r\n    報酬は設計者が決める。\r\n    二行目。")
    terminal.expect(PROMPT)
    terminal.enter("/reest")
    terminal.expect("/reest: unknown command. Did you mean '/reset'?")
    terminal.expect(PROMPT)
    terminal.enter("/help")
    terminal.expect("/quit")
    terminal.expect(PROMPT)
    terminal.enter("/config")
    terminal.expect("collection: default")
    terminal.expect(PROMPT)
    terminal.enter("/quit")
    assert terminal.exit_code() == 0


def test_where_narrows_the_questions_that_follow(terminal: Terminal) -> None:
    for line, said in (
        ("/where speaker=SPEAKER_0 time=1:00-2:00", "only passages of speaker=SPEAKER_0, time=1:"),
        ("where", "searched: speaker=SPEAKER_0, time=1:00-2:00"),
        ("/where speaker", "write it as KEY=VALUE"),
        (
            "/where speeker=A",
            "where: speeker=A: unknown key. Did you mean 'speaker'? Known: source, rec",
        ),
        ("/where time=9-1", "ends before it starts"),
        ("where", "searched: speaker=SPEAKER_0, time=1:00-2:00"),
        ("/where", "all passages"),
        ("where", "searched: everything"),
    ):
        terminal.enter(line)
        terminal.expect(said)
        terminal.expect(PROMPT)


def test_ctrl_c_stops_the_answer_and_not_the_program(terminal: Terminal) -> None:
    terminal.enter("slow")
    terminal.expect("t3 ")
    pressed = time.monotonic()
    terminal.ctrl_c()
    shown = terminal.expect("(stopped)")
    assert time.monotonic() - pressed < 20, "the scripted answer would take 30 s"
    assert "t599" not in shown
    terminal.expect(PROMPT)
    terminal.enter("history")
    terminal.expect("remembers 0:")  # a stopped answer is not
    terminal.expect(PROMPT)
    terminal.type("\x04")
    assert terminal.exit_code() == 0


@pytest.mark.parametrize("question", ["native", "holding"])
def test_ctrl_c_in_the_middle_of_native_code(terminal: Terminal, question: str) -> None:
    terminal.enter(question)
    terminal.expect("thinking")
    time.sleep(0.3)
    terminal.ctrl_c()
    shown = terminal.expect("(stopped)")
    assert "not stopped" not in shown
    assert "Traceback" not in shown
    terminal.expect(PROMPT)
    terminal.enter("history")
    terminal.expect("remembers 0:")


def test_insisting_on_ctrl_c_ends_a_program_that_does_not_listen(terminal: Terminal) -> None:
    terminal.enter("deaf")
    terminal.expect("rerank")
    terminal.ctrl_c()
    terminal.expect("stopping")
    terminal.ctrl_c()
    terminal.expect("Ctrl-C once more ends the program")
    pressed = time.monotonic()
    terminal.ctrl_c()
    assert terminal.exit_code() == 130
    assert time.monotonic() - pressed < 20


def test_ctrl_c_at_the_prompt_clears_the_line(terminal: Terminal) -> None:
    terminal.type("half a question")
    terminal.expect("half a question")
    terminal.ctrl_c()
    terminal.expect(PROMPT)
    terminal.ctrl_c()
    terminal.expect("/quit or Ctrl-D ends the chat")
    terminal.expect(PROMPT)
    terminal.enter("history")
    terminal.expect("remembers 0:")
    terminal.expect(PROMPT)
    terminal.type("\x04")
    assert terminal.exit_code() == 0


def test_errors_refusals_and_follow_ups(terminal: Terminal) -> None:
    terminal.enter("fail")
    terminal.expect("yomitoki: llm: prompt of 9,000 tokens: the model reads 4,096\r\n")
    terminal.expect(PROMPT)
    terminal.enter("bug")
    shown = terminal.expect("--debug shows where")
    assert "half an ans\r\nyomitoki: internal error: ValueError: a bug with \\x1b[31m" in shown
    assert "Traceback" not in shown
    terminal.expect(PROMPT)
    terminal.enter("refuse")
    terminal.expect("資料からは分かりません。\r\n(refused: the documents do not tell)")
    terminal.expect(PROMPT)
    terminal.enter("それは？")
    terminal.expect("searched with: 報酬とは\\x1b[2J？")


def test_hostile_text_is_inert(terminal: Terminal) -> None:
    terminal.enter("attack")
    shown = terminal.expect("7 written")
    terminal.expect(PROMPT)
    terminal.enter("/sources")
    shown += terminal.expect(PROMPT)
    assert not DANGEROUS.search(shown)
    assert "\\x1b]52;c;cm0gLXJmIH4=\\x07\\x1b[2Jsafe\\rOVER\\u202egpj.exe" in shown
    assert "[bold]markup[/bold]" in shown, "no markup is read"


def test_pasted_lines_are_one_question(terminal: Terminal) -> None:
    terminal.type("\x1b[200~history\r\nof two lines\x1b[201~")
    terminal.expect("of two lines")
    terminal.type("\r")
    terminal.expect("7 written")
    terminal.expect(PROMPT)
    terminal.enter("history")
    terminal.expect("remembers 2: user=history\r\nof two lines | assistant=こたえは42です。")


def test_history_file_is_private(tmp_path: Path) -> None:
    for _ in range(2):
        with Terminal("chat", home=tmp_path) as terminal:
            terminal.expect(PROMPT)
            terminal.type("\x1b[A")  # the up arrow brings back the last run's question
            terminal.enter("私的な質問")
            terminal.expect("written")
            terminal.expect(PROMPT)
            terminal.type("\x04")
            assert terminal.exit_code() == 0
    file = tmp_path / "chat_history"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "+私的な質問私的な質問" in file.read_text(encoding="utf-8")


def test_ctrl_c_while_opening(tmp_path: Path) -> None:
    with Terminal("chat", "--collection", "slow", home=tmp_path) as terminal:
        terminal.expect("opening")
        time.sleep(0.5)
        terminal.ctrl_c()
        assert terminal.exit_code() == 130
        assert "yomitoki: stopped" in terminal.shown


def piped(text: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPTED_MAIN), "chat", "--home", str(home), *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=150,
        check=False,
    )


def test_plain_mode(tmp_path: Path) -> None:
    lines = "\ufeffこんにちは\r\n\n  fail\nattack\nhistory\n/sources\n/nothing\n/reset\nhistory"
    done = piped(lines, tmp_path)
    assert done.returncode == 1, "an answer failed"
    assert done.stdout.startswith("こたえは42です。\n\n[1] 講義.md p.1: 報酬は")
    assert (
        "remembers 4: user=こんにちは | assistant=こたえは42です。 | user=attack | " in done.stdout
    )
    assert done.stdout.index("forgotten") < done.stdout.index("remembers 0:")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr)
    assert "yomitoki: llm: prompt of 9,000 tokens" in done.stderr
    assert "> " not in done.stdout, "no prompt"
    assert "a library prints" not in done.stdout
    assert not (tmp_path / "chat_history").exists()
    assert piped("/quit\nfail\n", tmp_path).returncode == 0


def test_json_mode(tmp_path: Path) -> None:
    done = piped("attack\nfail\n/sources\n", tmp_path, "--json")
    answered, failed, sources = [json.loads(line) for line in done.stdout.splitlines()]
    assert answered["answer"] == ATTACK
    assert answered["citations"][0]["label"].startswith("講義\x1b]52")
    assert failed == {
        "question": "fail",
        "error": "llm: prompt of 9,000 tokens: the model reads 4,096",
    }
    assert sources["command"] == "/sources"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout)


def test_history_is_bounded(tmp_path: Path) -> None:
    done = piped("".join(f"q{n}\n" for n in range(10)) + "history\n", tmp_path)
    remembered = next(
        line for line in done.stdout.splitlines() if line.startswith("remembers 12: ")
    )
    assert re.findall(r"user=(\S+)", remembered) == ["q4", "q5", "q6", "q7", "q8", "q9"]


def test_plain_mode_stops_an_answer_on_sigint_and_reads_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(SCRIPTED_MAIN), "chat", "--home", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("slow\nrefuse\n")
        process.stdin.flush()
        assert process.stdout.read(3) == "t0 "
        os.kill(process.pid, signal.SIGINT)
        process.stdin.close()
        rest = process.stdout.read()
        assert "資料からは分かりません。" in rest
        assert "t599" not in rest
        assert process.stderr
        assert "(stopped)" in process.stderr.read()
        assert process.wait(150) == 0
