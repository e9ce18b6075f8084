"""The examples of docs/examples run as they stand, over the sample lecture."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.home import home_directory

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
SCRIPTED = Path(__file__).parent / "scripted_example.py"
PLACE = r"lecture\.md \[\d+:\d\d–\d+:\d\d\]"
# What each prints, with a scripted answer; the passages are the embedding's and the words' own.
PRINTED = {
    "plain_python.py": rf"(?s){PLACE}.*第二木曜日.*\[\d\] {PLACE}.* \d+-\d+\n.+",
    "llama_index_tool.py": rf"(?s)毎月第二木曜日.*\[\d\] {PLACE}",
    "langchain_parts.py": rf"(?s){PLACE}.*: .*Answer:\n> 毎月第二木曜日.*It rests on:.*{PLACE}",
    "mcp_client.py": rf"(?s)2 passages, best first:.*1\. {PLACE}.*\n> .*\n{PLACE}",
}


def run(home: Path, *command: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
        env={**os.environ, "YOMITOKI_HOME": str(home), "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


def test_every_example_is_run_here_and_named_in_the_docs() -> None:
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert names == set(PRINTED)
    page = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert all(f"examples/{name}" in page for name in names)


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs(home: Path, name: str) -> None:
    assert re.search(PRINTED[name], run(home, str(SCRIPTED), str(EXAMPLES / name)))


@pytest.mark.model
@pytest.mark.timeout(600)
def test_an_example_answers_with_the_real_model(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(home_directory() / "models")
    printed = run(tmp_path, str(EXAMPLES / "llama_index_tool.py"))
    assert "公民館" in printed
    assert re.search(PLACE, printed)
