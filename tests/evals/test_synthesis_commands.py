"""`main.py eval synthesize`, with a scripted model in the place of the real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from main import app
from pipelines.embeddings.embedded_e5 import EmbeddedE5Settings
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from tests.evals.synthesis.question_writer import RIVER, TOWN, QuestionWriter, Unlike

LENGTHS = ("--lengths", "5-60=1")


class Models:
    """Stands for the models' files: counts how often they are loaded."""

    def __init__(self) -> None:
        self.writer = QuestionWriter()
        self.loaded = 0

    def llm(self, _settings: Any, _home: Path) -> QuestionWriter:
        self.loaded += 1
        return self.writer


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    models = Models()
    monkeypatch.setattr(HuggingFaceLLMSettings, "build", lambda s, home: models.llm(s, home))
    monkeypatch.setattr(EmbeddedE5Settings, "build", lambda _settings, _home: Unlike())
    return models


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "river.md").write_text(RIVER, encoding="utf-8")
    (folder / "town.md").write_text(TOWN, encoding="utf-8")
    return folder


def synthesize(docs: Path, *options: str | Path, out: str = "q.jsonl") -> Result:
    arguments = [docs, "--out", docs.parent / out, "--home", docs.parent / "home", *options]
    return CliRunner().invoke(app, ["eval", "synthesize", *map(str, arguments)])


@pytest.mark.usefixtures("models")
def test_the_file_passes_the_check_and_runs_in_a_suite(docs: Path) -> None:
    result = synthesize(docs, "--n", "6", "--kind", "both", *LENGTHS)
    assert result.exit_code == 0, result.output
    assert "6 of 6 synthetic questions" in result.stdout
    home = ["--home", str(docs.parent / "home")]
    check = ["eval", "dataset", "check", str(docs.parent / "q.jsonl"), "--documents", str(docs)]
    checked = CliRunner().invoke(app, [*check, *home])
    assert checked.exit_code == 0, checked.output
    assert "6 questions" in checked.stdout
    assert "6 synthetic" in checked.stdout
    assert "3 with options" in checked.stdout
    assert "found in the documents" in checked.stdout
    suite = docs.parent / "suite.yaml"
    part = {"kind": "questions", "path": "q.jsonl", "documents": ["docs"]}
    written = {
        "name": "synthetic",
        "datasets": [
            {**part, "name": "open", "options": False},
            {**part, "name": "exam", "options": True},
        ],
        "answers": False,
        "arms": [{"name": "words", "set": ["retriever={kind: bm25}", "postprocessors=[]"]}],
        "metrics": [{"kind": "recall", "k": 5}],
    }
    suite.write_text(yaml.safe_dump(written))
    ran = CliRunner().invoke(app, ["eval", "run", str(suite), *home])
    assert ran.exit_code == 0, ran.output
    assert "open: 3 questions, 3 of them synthetic" in ran.stdout
    assert "exam: 3 questions, 3 of them synthetic" in ran.stdout


def test_what_was_rejected_stands_in_a_table_and_beside_the_output(
    docs: Path, models: Models
) -> None:
    models.writer.guess = lambda answer: answer if answer.endswith("名") else "知りません"
    result = synthesize(docs, "--n", "12", *LENGTHS)
    assert result.exit_code == 1
    rejected = [
        json.loads(line)
        for line in (docs.parent / "q.rejected.jsonl").read_text("utf-8").splitlines()
    ]
    assert {record["reason"] for record in rejected} == {"closed_book"}
    assert f"{len(rejected)}         closed_book  the model knows the answer" in result.stdout
    assert "phrases that can be asked for were: give more documents" in result.stderr
    for record in rejected:
        assert record["synthesis"]["passage"] in (RIVER, TOWN)


def test_json_holds_the_counts_and_a_second_run_loads_no_model(docs: Path, models: Models) -> None:
    first = synthesize(docs, "--n", "4", "--json", *LENGTHS)
    record = json.loads(first.stdout)
    assert (record["questions"], record["wanted"], record["rejected"]) == (4, 4, 0)
    assert record["files"] == [str(docs.parent / f"q{end}.jsonl") for end in ("", ".rejected")]
    again = synthesize(docs, "--n", "4", "--json", *LENGTHS)
    assert json.loads(again.stdout) == record
    assert models.loaded == 1


@pytest.mark.usefixtures("models")
def test_other_settings_need_another_file(docs: Path) -> None:
    synthesize(docs, "--n", "2", *LENGTHS)
    other = synthesize(docs, "--n", "2", "--seed", "5", *LENGTHS)
    assert other.exit_code == 2
    assert "made with seed 0, now 5: give another --out" in other.stderr
    (docs / "river.md").write_text(f"{RIVER}追記です。", encoding="utf-8")
    changed = synthesize(docs, "--n", "2", *LENGTHS)
    assert "made with documents" in changed.stderr


@pytest.mark.usefixtures("models")
def test_what_another_file_asks_is_not_asked(docs: Path) -> None:
    synthesize(docs, "--n", "4", *LENGTHS)
    asked = {json.loads(line)["question"] for line in (docs.parent / "q.jsonl").open("rb")}
    result = synthesize(
        docs, "--n", "4", *LENGTHS, "--avoid", docs.parent / "q.jsonl", out="more.jsonl"
    )
    assert result.exit_code == 0, result.output
    more = {json.loads(line)["question"] for line in (docs.parent / "more.jsonl").open("rb")}
    assert len(more) == 4
    assert asked.isdisjoint(more)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--kind", "exam"), "--kind: 'exam': must be one of open, options, both"),
        (("--language", "fr"), "--language: 'fr': must be one of auto, ja, en"),
        (("--language", "en"), "no sentence of the documents in en could be asked about"),
        (("--lengths", "tiny=1"), "--lengths: 'tiny=1': 'tiny' is no length"),
        (("--avoid", "none.jsonl"), "none.jsonl: cannot be read"),
    ],
)
def test_what_is_wrong_is_said_before_a_model_is_loaded(
    docs: Path, models: Models, options: tuple[str, ...], message: str
) -> None:
    result = synthesize(docs, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert models.loaded == 0


def test_the_output_must_be_json_lines(docs: Path, models: Models) -> None:
    result = synthesize(docs, out="q.csv")
    assert (result.exit_code, models.loaded) == (2, 0)
    assert "must end in .jsonl" in result.stderr
