"""`transcript terms`: a glossary from documents, and what a wrong call is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app
from storage.cleaning.glossary_file import read_glossary


@pytest.fixture
def slides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))
    folder = tmp_path / "slides"
    folder.mkdir()
    (folder / "a.md").write_text("強化学習とは。強化学習では報酬を使います。", encoding="utf-8")
    (folder / "b.md").write_text("トランスフォーマーと強化学習です。", encoding="utf-8")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["transcript", "terms", *[str(a) for a in arguments]])


def test_what_is_printed_is_a_glossary(slides: Path, tmp_path: Path) -> None:
    done = run(slides)
    assert done.stdout == '- "強化学習"  # 3\n'
    assert "1 terms of 2 documents" in done.stderr
    out = tmp_path / "terms.yaml"
    assert run(slides, "--min-count", "1", "--out", out).exit_code == 0
    assert {term.text for term in read_glossary(out)} == {"強化学習", "トランスフォーマー"}


def test_json(slides: Path) -> None:
    assert json.loads(run(slides, "--json").stdout) == {"terms": [{"term": "強化学習", "count": 3}]}


def test_a_wrong_call_is_told(slides: Path, tmp_path: Path) -> None:
    there = tmp_path / "terms.yaml"
    there.write_text("- mine\n", encoding="utf-8")
    over = run(slides, "--out", there)
    assert (over.exit_code, "is there already" in over.stderr) == (2, True)
    assert there.read_text(encoding="utf-8") == "- mine\n"
    rare = run(slides, "--min-count", "9")
    assert (rare.exit_code, "no term stands 9 times in 2 documents" in rare.stderr) == (1, True)
    missing = run(tmp_path / "none")
    assert (missing.exit_code, "does not exist" in missing.stderr) == (2, True)
