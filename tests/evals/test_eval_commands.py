"""`main.py eval`, on a suite that retrieves with words alone: output, exit codes, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from main import app

SUITE = {
    "name": "river",
    "datasets": [{"kind": "questions", "path": "q.jsonl", "documents": ["docs"]}],
    "answers": False,
    "arms": [
        {"name": "words", "set": ["retriever={kind: bm25}", "postprocessors=[]"]},
        {"name": "same", "set": ["retriever={kind: bm25, top_k: 9}", "postprocessors=[]"]},
    ],
    "metrics": [{"kind": "recall", "k": 1}],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text(
        "川会議は夜に開かれます。\n魚道の工費は四百万円です。\n"
    )
    question = {
        "id": "q1", "question": "魚道の工費は？",
        "evidence": [{"source": "a.md", "quote": "魚道の工費は四百万円です。"}],
    }  # fmt: skip
    (tmp_path / "q.jsonl").write_text(json.dumps(question, ensure_ascii=False) + "\n")
    path = tmp_path / "suite.yaml"
    path.write_text(yaml.safe_dump(SUITE))
    return path


def run(home: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments), "--home", str(home)])


def test_a_run_shows_means_and_verdicts_and_where_the_report_is(suite: Path, home: Path) -> None:
    result = run(home, "run", suite)
    assert result.exit_code == 0, result.output
    words = next(line for line in result.stdout.splitlines() if line.startswith("words"))
    assert words.split() == ["words", "1.000", "[1.000,", "1.000]", "1/1"]
    assert "undecided" in result.stdout
    report = home / "evals" / "runs" / "river" / "report.html"
    assert f"report: {report}" in result.stdout
    assert "魚道の工費は？" in report.read_text("utf-8")


def test_json_is_one_object_with_everything(suite: Path, home: Path) -> None:
    result = run(home, "run", suite, "--json")
    record = json.loads(result.stdout)
    metric = record["datasets"][0]["metrics"][0]
    assert metric["arms"]["same"] == {
        "mean": 1.0, "interval": [1.0, 1.0], "scored": 1, "total": 1, "reasons": {},
    }  # fmt: skip
    assert metric["comparisons"][0]["verdict"] == "undecided"


def test_a_gate_that_fails_is_exit_code_3(suite: Path, home: Path) -> None:
    gate = "gates=[{metric: recall@1, arm: words, at_most: 0.5}]"
    result = run(home, "run", suite, "--set", gate)
    assert result.exit_code == 3
    assert "gate: q: recall@1 of words is 1.000: must be at most 0.5" in result.stderr


def test_a_plan_says_what_is_kept_and_computes_nothing(suite: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    before = run(fresh, "plan", suite)
    assert before.exit_code == 0, before.output
    assert "retrieval: 2 distinct of 2" in before.stdout
    assert "collections: 1 distinct of 2" in before.stdout
    assert "to embed: 27 characters in 1 collections" in before.stdout
    assert not (fresh / "collections").exists()
    run(fresh, "run", suite)
    planned = json.loads(run(fresh, "plan", suite, "--json").stdout)
    assert [(arm["questions"], arm["kept"]) for arm in planned["arms"]] == [(1, 1), (1, 1)]
    assert planned["seconds"] == 0


def test_a_plan_reads_the_passages_once_for_all_orders_of_the_options(
    suite: Path, tmp_path: Path
) -> None:
    """Two orders more are two questions with options more: 300 tokens, at 110 a second."""
    orders = (
        "query_engine={{kind: multiple_choice, scorer: {{kind: likelihood, permutations: {}}}}}"
    )
    arms = [
        {"name": str(n), "set": ["retriever={kind: bm25}", "postprocessors=[]", orders.format(n)]}
        for n in (1, 3)
    ]
    metrics = [{"kind": "option_accuracy"}]
    suite.write_text(yaml.safe_dump({**SUITE, "answers": True, "arms": arms, "metrics": metrics}))
    question = {
        "id": "q1",
        "question": "魚道の工費は？",
        "options": ["四百万円", "五百万円"],
        "answer": "A",
    }
    (tmp_path / "q.jsonl").write_text(json.dumps(question, ensure_ascii=False) + "\n")
    result = run(tmp_path / "fresh", "plan", suite, "--json")
    assert result.exit_code == 0, result.output
    once, thrice = json.loads(result.stdout)["arms"]
    assert thrice["seconds"] - once["seconds"] == pytest.approx(300 / 110)
    assert thrice["model_calls"] - once["model_calls"] == 2


def test_a_report_says_what_was_not_run(suite: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    result = run(fresh, "report", suite)
    assert not (fresh / "collections").exists()
    assert result.exit_code == 0, result.output
    words = next(line for line in result.stdout.splitlines() if line.startswith("words"))
    assert words.split() == ["words", "–", "failed:", "not", "run", "yet", "0/1"]


def test_two_arms_are_compared_by_name(suite: Path, home: Path) -> None:
    run(home, "run", suite)
    result = run(home, "compare", suite, "same", "words")
    assert result.exit_code == 0
    assert "0–0" in result.stdout
    wrong = run(home, "compare", suite, "same", "word")
    assert (wrong.exit_code, "no arm 'word': one of 'words', 'same'" in wrong.stderr) == (2, True)


def test_a_dataset_is_checked_with_its_evidence(suite: Path, home: Path) -> None:
    questions = suite.parent / "q.jsonl"
    good = run(home, "dataset", "check", questions, "--documents", suite.parent / "docs")
    assert good.exit_code == 0
    assert "1 questions, 1 with evidence" in good.stdout
    questions.write_text('{"id": 1, "question": "何？"}\n{"id": 1}\n')
    bad = run(home, "dataset", "check", questions)
    assert bad.exit_code == 1
    assert "q.jsonl: line 2: question: missing" in bad.stdout
    told = json.loads(run(home, "dataset", "check", questions, "--json").stdout)
    assert told["problems"] == [{"line": 2, "message": "question: missing: must be text"}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "none.yaml"), "none.yaml: no such suite file"),
        (("dataset", "check", "none.jsonl"), "none.jsonl: cannot be read"),
    ],
)
def test_what_is_not_there_is_named(arguments: tuple[str, ...], message: str, home: Path) -> None:
    result = run(home, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
