"""The command line as a whole: help, usage, exit codes, JSON shapes, batches."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from main import app

ROOT = Path(__file__).resolve().parent.parent
SCRIPTED_MAIN = ROOT / "tests" / "tools" / "scripted_main.py"
COMMANDS = [
    "models pull", "models list", "doctor", "ingest", "collections list", "collections show",
    "collections drop", "search", "ask", "chat", "config show", "config validate", "config schema",
    "transcript clean", "transcript overlaps", "serve", "mcp",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _scripted_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """pipelines.rag is the collaborator that these tests script."""
    monkeypatch.syspath_prepend(str(SCRIPTED_MAIN.parent))
    from scripted_main import ScriptedEngine

    rag = ModuleType("pipelines.rag")
    rag.RagPipeline = ScriptedEngine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipelines.rag", rag)
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_help_is_instant_and_imports_no_room() -> None:
    """The goal is 0.5 s; processor time is what a busy test machine can't falsify."""
    program = (
        "import sys, time; sys.argv = ['main.py', '--help']\n"
        "from main import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'rich', 'llama_index', 'torch', 'yaml', 'prompt_toolkit'}\n"
        "print('|', time.process_time(), sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, heavy = done.stdout.rpartition("|")[2].split(maxsplit=1)
    assert heavy.strip() == "[]"
    assert float(seconds) < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_itself(command: str) -> None:
    shown = run(*command.split(), "--help")
    assert shown.exit_code == 0
    for option in ("--config FILE", "--set KEY=VALUE", "--home DIR", "--json", "--debug"):
        assert option in shown.output
    assert f"Examples:\n    python main.py {command}" in shown.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serch"], "No such command 'serch'. Did you mean 'search', 'serve'?"),
        (["ask", "q", "--jsn"], "No such option: --jsn"),
        (["search", "q", "-k", "0"], "greater than or equal to 1"),
        (["ask"], "yomitoki: QUESTION: missing: give a question, or --questions FILE.jsonl"),
        (["ask", "  "], "yomitoki: QUESTION: empty"),
        (["ask", "\udcff"], "yomitoki: QUESTION: not UTF-8"),
        (["ask", "q", "--questions", "f"], "yomitoki: --questions: stands beside a QUESTION"),
        (["ask", "--questions", "none.jsonl"], "yomitoki: none.jsonl: cannot be read"),
        (["ask", "q", "--config", "none.yaml"], "yomitoki: none.yaml: no such file."),
        (["ask", "q", "--set", "colection=x"], "yomitoki: --set colection=x: unknown key. Did you"),
        (["ask", "q", "--set", "collection"], "yomitoki: --set collection: must be KEY=VALUE"),
        (["config", "show", "--set", "retriever.kind=bm52"], "unknown kind 'bm52'"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_wrong(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ask", "fail"], 1, "yomitoki: llm: prompt of 9,000 tokens: the model reads 4,096\n"),
        (["ask", "bug"], 1, "yomitoki: internal error: ValueError: a bug with \\x1b[31m: --debug"),
        (["ask", "interrupt"], 130, "yomitoki: stopped\n"),
        (["search", "x", "--collection", "locked"], 1, "yomitoki: collection locked: process 42"),
    ],
)
def test_failures_are_one_line_and_a_code(arguments: list[str], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert "Traceback" in run(*arguments, "--debug").stderr


NODE_KEYS = ["rank", "score", "text", "source", "start_char", "end_char", "metadata"]


def test_search_json_has_exactly_its_shape() -> None:
    done = run("search", "報酬", "-k", "3", "--json")
    record = json.loads(done.stdout)
    assert list(record) == ["question", "nodes", "seconds"]
    assert [list(node) for node in record["nodes"]] == [NODE_KEYS] * 3
    assert record["nodes"][1] == {
        "rank": 2,
        "score": 0.8,
        "text": "報酬は設計者が決める。\n二行目。",
        "source": "講義.md",
        "start_char": 10,
        "end_char": 19,
        "metadata": {"source": "講義.md", "page": 2},
    }
    assert record["seconds"] == {"retrieve": 0.25, "generate": 1.5}


def test_ask_json_has_exactly_its_shape() -> None:
    record = json.loads(run("ask", "報酬", "--json").stdout)
    assert list(record) == [
        "question", "nodes", "seconds", "answer", "refused", "citations", "usage"
    ]  # fmt: skip
    assert record["answer"] == "こたえは42です。"
    assert record["refused"] is False
    assert list(record["citations"][0]) == [
        "n", "source", "start_char", "end_char", "label", "text"
    ]  # fmt: skip
    assert record["usage"] == {"prompt_tokens": 100, "completion_tokens": 7}
    assert json.loads(run("ask", "refuse", "--json").stdout)["refused"] is True


def test_text_output() -> None:
    assert run("search", "x").stdout.startswith("1. 講義.md p.1  0.9000\n   報酬は設計者が決める。")
    assert run("ask", "x").stdout.startswith("こたえは42です。\n\n[1] 講義.md p.1: 報酬は")
    assert run("ask", "refuse").stdout.endswith("(refused: the documents do not tell)\n")
    hostile = run("ask", "attack").stdout + run("search", "attack").stdout
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", hostile)
    assert "[bold]markup[/bold]" in hostile


def batch(tmp_path: Path, *questions: Any) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(q) for q in questions), encoding="utf-8")
    return path


def test_batch_keeps_order_and_ids_and_goes_on_after_a_failure(tmp_path: Path) -> None:
    path = batch(
        tmp_path, *[{"id": i, "question": q} for i, q in enumerate(["x", "fail", "refuse"])]
    )
    done = run("ask", "--questions", path)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == [0, 1, 2]
    assert list(records[0])[:2] == ["id", "question"]
    assert list(records[1]) == ["id", "question", "error"]
    assert records[2]["refused"] is True
    assert done.exit_code == 1
    assert "1 of 3 questions failed" in done.stderr
    assert run("search", "--questions", path, "--json").exit_code == 0


def test_batch_is_checked_before_anything_is_loaded(tmp_path: Path) -> None:
    path = batch(tmp_path, {"id": 1, "question": "x"}, {"id": 2})
    done = run("ask", "--questions", path, "--config", "none.yaml")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "line 2: question missing" in done.stderr
    assert "none.yaml" not in done.stderr


def process(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPTED_MAIN), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


def test_batch_lines_appear_as_they_are_done_and_nothing_else_does(tmp_path: Path) -> None:
    path = batch(tmp_path, {"id": "a", "question": "x"}, {"id": "b", "question": "deaf"})
    with process("ask", "--questions", path) as running:
        assert running.stdout
        first = json.loads(running.stdout.readline())
        assert first["id"] == "a"
        assert running.poll() is None, "the second answer takes 30 s more"
        running.send_signal(2)
        out, said = running.communicate(timeout=150)
    assert out == ""
    assert said.splitlines() == ["a library prints to stdout", "yomitoki: stopped"]
    assert running.returncode == 130


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise on Windows")
def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    path = batch(tmp_path, *[{"id": i, "question": "x"} for i in range(2000)])
    with process("ask", "--questions", path) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert running.wait(150) == 141
        assert running.stderr.read() == "a library prints to stdout\n"


def test_json_is_utf_8_whatever_the_locale() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp932:strict", "PYTHONUTF8": "0"}
    with process("ask", "🎓報酬", "--json", env=environment) as running:
        out, _ = running.communicate(timeout=150)
    assert json.loads(out)["question"] == "🎓報酬"


def test_config_commands(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(f"extends: {ROOT / 'configs' / 'default.yaml'}\ncollection: mine")
    bad.write_text("colection: mine")
    shown = tmp_path / "shown.yaml"
    shown.write_text(run("config", "show", "--config", good).stdout, encoding="utf-8")
    again = run("config", "show", "--config", shown, "--json")
    assert json.loads(again.stdout)["collection"] == "mine"
    assert again.stdout == run("config", "show", "--config", good, "--json").stdout

    valid = run("config", "validate", good)
    assert (valid.exit_code, valid.stdout) == (0, f"{good}: valid\n")
    wrong = run("config", "validate", good, bad, "--json")
    assert wrong.exit_code == 2
    first, second = json.loads(wrong.stdout)
    assert first == {"file": str(good), "valid": True, "errors": []}
    assert second["valid"] is False
    assert "Did you mean 'collection'?" in "\n".join(second["errors"])

    schema = json.loads(run("config", "schema").stdout)
    assert "extends" in schema["properties"]
    assert schema["additionalProperties"] is False


def test_ctrl_c_at_once(tmp_path: Path) -> None:
    path = batch(tmp_path, {"id": 1, "question": "x"})
    with process("ask", "--questions", path, "--collection", "slow") as running:
        time.sleep(4)
        running.send_signal(2)
        _, said = running.communicate(timeout=150)
    assert running.returncode == 130
    assert "Traceback" not in said
