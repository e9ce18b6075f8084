"""Synthetic questions are marked wherever questions or their scores are shown."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner, Result

from main import app

QUESTIONS = [
    {"id": "made", "question": "魚道の工費は？", "synthetic": True},
    {"id": "asked", "question": "川会議はいつ？"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a run of two questions, one of them synthetic, and what it printed."""
    folder = tmp_path_factory.mktemp("suite")
    text = "川会議は夜に開かれます。魚道の工費は四百万円です。"
    (folder / "a.md").write_text(text, encoding="utf-8")
    evidence = [{"source": "a.md", "quote": text}]
    lines = [json.dumps({**q, "evidence": evidence}, ensure_ascii=False) for q in QUESTIONS]
    (folder / "q.jsonl").write_text("\n".join(lines), encoding="utf-8")
    suite = {
        "name": "marks",
        "datasets": [{"kind": "questions", "path": "q.jsonl", "documents": ["a.md"]}],
        "answers": False,
        "arms": [
            {"name": name, "set": ["retriever={kind: bm25}", "postprocessors=[]"]}
            for name in ("one", "two")
        ],
        "metrics": [{"kind": "recall", "k": 1}],
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(suite))
    for command, name in ((["run"], "run.txt"), (["report", "--json"], "report.json")):
        result = shown(folder, *command)
        assert result.exit_code == 0, result.output
        (folder / name).write_text(result.stdout, encoding="utf-8")
    return folder


def shown(folder: Path, command: str, *rest: str) -> Result:
    suite = str(folder / "suite.yaml")
    arguments = ["eval", command, suite, *rest, "--home", str(folder / "home")]
    return CliRunner().invoke(app, arguments)


def run_file(folder: Path, name: str) -> str:
    return (folder / "home" / "evals" / "runs" / "marks" / name).read_text("utf-8")


def test_the_terminal_says_so_beside_the_datasets_name(folder: Path) -> None:
    assert "q: 2 questions, 1 of them synthetic" in (folder / "run.txt").read_text("utf-8")
    compared = shown(folder, "compare", "two", "one")
    assert "q: 2 questions, 1 of them synthetic" in compared.stdout


def test_json_counts_them(folder: Path) -> None:
    record = json.loads((folder / "report.json").read_text("utf-8"))
    assert [dataset["synthetic"] for dataset in record["datasets"]] == [1]
    compared = json.loads(shown(folder, "compare", "two", "one", "--json").stdout)
    assert [dataset["synthetic"] for dataset in compared["datasets"]] == [1]


def test_the_page_says_so_for_the_dataset_and_for_each_question(folder: Path) -> None:
    page = run_file(folder, "report.html")
    assert "<h2>q: 2 questions, 1 of them synthetic</h2>" in page
    assert "written by a model, not by a person" in page
    summaries = [
        part.split("</summary>")[0] for part in page.split('<details class="question"')[1:]
    ]
    marked = ['<span class="tag">synthetic</span>' in summary for summary in summaries]
    assert [("魚道" in summary) for summary in summaries] == marked == [True, False]


def test_every_file_of_the_report_says_so(folder: Path) -> None:
    rows = csv.DictReader(io.StringIO(run_file(folder, "scores.csv")))
    assert {(row["id"], row["synthetic"]) for row in rows} == {("made", "true"), ("asked", "false")}
    answers = [json.loads(line) for line in run_file(folder, "answers.jsonl").splitlines()]
    assert {(line["id"], line["synthetic"]) for line in answers} == {
        ("made", True),
        ("asked", False),
    }
    suite = ElementTree.fromstring(run_file(folder, "junit.xml")).find("testsuite")
    assert suite is not None
    marked = suite.find("properties/property[@name='synthetic questions']")
    assert marked is not None
    assert marked.get("value") == "1"
