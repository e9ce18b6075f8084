"""`ask --option`: options reach an engine that ranks them, and no other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner, Result

from main import app

RANKING = ("--set", "query_engine={kind: multiple_choice}")


@pytest.fixture(autouse=True)
def _scripted_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """pipelines.rag is the collaborator that these tests script."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from scripted_main import ScriptedEngine

    rag = ModuleType("pipelines.rag")
    rag.RagPipeline = ScriptedEngine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipelines.rag", rag)
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_ranking_is_printed_and_recorded() -> None:
    options = ("--option", "明治", "--option", "昭和時代")
    printed = run("ask", "いつ？", *options, *RANKING)
    assert printed.exit_code == 0
    assert printed.stdout == "B. 昭和時代\n  66.7%  B. 昭和時代\n  33.3%  A. 明治\n"
    record = json.loads(run("ask", "いつ？", *options, *RANKING, "--json").stdout)
    assert record["answer"] == "B. 昭和時代"
    assert record["ranking"] == [
        {"option": 1, "text": "昭和時代", "probability": pytest.approx(2 / 3)},
        {"option": 0, "text": "明治", "probability": pytest.approx(1 / 3)},
    ]


def test_a_file_of_questions_is_ranked_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": 1, "question": "いつ？", "options": ["明治", "昭和時代"]}\n'
        '{"id": 2, "question": "どこ？", "options": {"A": "東北地方", "B": "九州"}}\n',
        encoding="utf-8",
    )
    done = run("ask", "--questions", str(path), *RANKING)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["id"], [o["option"] for o in r["ranking"]]) for r in records] == [
        (1, [1, 0]),
        (2, [0, 1]),
    ]
    refused = run("ask", "--questions", str(path))
    assert refused.exit_code == 2
    assert "id 1 has \"options\": query_engine.kind is 'retrieve_and_answer'" in refused.stderr


def test_nobody_chats_with_it() -> None:
    done = run("chat", *RANKING)
    assert done.exit_code == 2
    assert "chat: query_engine.kind is 'multiple_choice', which ranks options" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("いつ？", "--option", "明治", "--option", "大正"),
            "which takes none: set it to multiple_",
        ),
        (
            ("いつ？", *RANKING),
            "QUESTION: query_engine.kind is 'multiple_choice': give its options",
        ),
        (("いつ？", "--option", "明治", *RANKING), "--option: 1 given: give 2 to 26"),
        (("--questions", "q.jsonl", "--option", "明治"), "--option: stands beside --questions"),
    ],
)
def test_wrong_use_is_said_before_anything_is_loaded(arguments: tuple[str, ...], said: str) -> None:
    done = run("ask", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "loading" not in done.stderr
