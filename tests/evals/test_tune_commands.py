"""`main.py eval tune`: output, files, exit codes, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import evals.tune_commands
from evals.tuning.search import Search, Watch
from main import app
from pipelines.config import load_config
from tests.evals.tuning.tuning_builders import write_search


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("searches")


def run(home: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["eval", "tune", *map(str, arguments), "--home", str(home)])


def test_a_search_shows_its_trials_and_what_the_winner_is_worth(folder: Path, home: Path) -> None:
    result = run(home, write_search(folder))
    assert result.exit_code == 0, result.output
    said = result.stdout
    assert "river: 4 trials: all 4 points of the space were tried" in said
    assert "3 trials reached the same: this one was the first of them." in said
    assert "Its recall@5 above is optimistic: these questions chose it." in said
    tested = said.partition("which no trial has seen:")[2]
    assert "q: 6 questions" in tested
    winner = next(line for line in tested.splitlines() if line.startswith("winner"))
    assert winner.split()[:5] == ["winner", "1.000", "[1.000,", "1.000]", "6/6"]
    assert winner.split()[-1] == "helps"
    assert "trial 1: " in result.stderr  # not a terminal: a line a trial
    (report,) = (home / "evals" / "runs").glob("river-*/report.html")
    page = report.read_text("utf-8")
    assert "The search: mean recall@5 on the tune part" in page
    assert "best so far" in page
    assert "optimistic" in page


def test_json_is_one_object_with_everything(folder: Path, home: Path) -> None:
    result = run(home, write_search(folder), "--json")
    record = json.loads(result.stdout)
    assert record["tune"]["base"]["score"] == 0
    assert [trial["trial"] for trial in record["tune"]["trials"]] == [1, 2, 3, 4]
    assert record["winner"]["optimistic_tune_score"] == 1
    (measured, _) = record["test"]["datasets"][0]["metrics"]
    assert measured["comparisons"][0]["verdict"] == "helps"
    winner = next(file for file in record["files"] if file.endswith("winner.yaml"))
    found = load_config(Path(winner)).retriever.model_dump()
    assert {"retriever.top_k": found["top_k"]} == record["winner"]["settings"]


def test_options_take_the_place_of_the_files_budget(folder: Path, home: Path) -> None:
    path = write_search(folder, "budget", budget={"trials": 3})
    result = run(home, path, "--trials", "1", "--json")
    assert len(json.loads(result.stdout)["tune"]["trials"]) == 1
    result = run(home, path, "--minutes", "0.0000001", "--json")
    assert "minutes is used up" in json.loads(result.stdout)["ended"]
    assert run(home, path, "--trials", "0").exit_code == 2


def test_a_base_that_stays_is_said(folder: Path, home: Path) -> None:
    result = run(home, write_search(folder, "stays", metric={"kind": "precision", "k": 1}))
    assert result.exit_code == 0
    assert "No trial is better than the base on the tune questions: the base stays" in result.stdout
    assert "winner" not in result.stdout


def test_config_takes_the_place_of_the_base(folder: Path, home: Path, tmp_path: Path) -> None:
    """With three passages the base finds everything, and nothing can be better."""
    path = write_search(folder, "config")
    good = tmp_path / "good.yaml"
    good.write_text(f"extends: {folder / 'base.yaml'}\nretriever: {{top_k: 3}}\n")
    assert "the base stays" in run(home, path, "--config", good).stdout


def test_ctrl_c_shows_what_there_is(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_search(folder, "stopped", space={"retriever.top_k": {"int": [31, 34]}})
    tune = evals.tune_commands.tune

    def stopping(path: Path, given: Any, home: Path, watch: Watch) -> Search:
        def on_question(arm: str, done: int, total: int, there: bool) -> None:
            if arm == "trial 2":
                raise KeyboardInterrupt
            watch.on_question(arm, done, total, there)

        return tune(path, given, home, replace(watch, on_question=on_question))

    monkeypatch.setattr(evals.tune_commands, "tune", stopping)
    result = run(home, path)
    assert result.exit_code == 130
    assert "stopped: 1 trials" in result.stdout
    assert "The best of these is optimistic" in result.stdout
    assert "stopped after 1 trials: the same command goes on" in result.stderr
    monkeypatch.undo()
    assert "all 4 points" in run(home, path).stdout


def test_no_trial_that_may_win_is_an_error(folder: Path, home: Path) -> None:
    bound = {"metric": {"kind": "recall", "k": 1}, "at_least": 0.5}
    result = run(home, write_search(folder, "bounds", bounds=[bound]))
    assert result.exit_code == 1
    assert "no trial keeps the bounds: 4 had a score" in result.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": {"retriever.topk": {"int": [1, 2]}}}, "wrong.yaml: space: retriever.topk"),
        ({"sampler": "tpe"}, "budget: needs trials or minutes"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    folder: Path, home: Path, changes: dict[str, object], message: str
) -> None:
    result = run(home, write_search(folder, "wrong", **changes))
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_help_teaches_with_an_example() -> None:
    said = CliRunner().invoke(app, ["eval", "tune", "--help"]).output
    assert "retriever.top_k: {int: [5, 40], step: 5}" in said
    assert "python main.py eval tune configs/suites/tune_sample.yaml" in said
