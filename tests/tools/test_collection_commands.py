"""`ingest` and `collections` over a real store, with made-up parts in the place of the models."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from benchmarks.synthetic_corpus import (
    ClusteredEmbedding,
    SentenceLineParser,
    identity,
    read_result,
)
from main import app
from storage.ingest_report import IngestReport
from storage.ingestion import ingest
from storage.readers.discovery import find_files
from storage.readers.results import ReadFailure, ReadOutcome


def _reads(paths: list[Path]) -> Iterator[ReadOutcome]:
    for file in find_files(paths).files:
        if file.path.suffix == ".txt":
            yield read_result(file.source, file.path.read_text(encoding="utf-8"))
        else:
            yield ReadFailure(file.source, "unsupported", "unsupported \x1b[2Jfile")


def ingest_paths(
    settings: Any, home: Path, paths: list[Path], *, sync: bool, rebuild: bool, **options: Any
) -> IngestReport:
    return ingest(
        _reads(paths),
        home=home,
        name=settings.collection,
        identity=identity(),
        node_parser=SentenceLineParser(),
        embed_model=ClusteredEmbedding(),
        sync=sync,
        rebuild=rebuild,
        **options,
    )


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three texts; pipelines.indexing is scripted, and the home is empty."""
    indexing = ModuleType("pipelines.indexing")
    indexing.ingest_paths = ingest_paths  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipelines.indexing", indexing)
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"報酬{number}\n価値{number}", encoding="utf-8")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_ingest_reports_what_it_did(files: Path) -> None:
    first = run("ingest", files)
    assert first.exit_code == 0
    assert first.stdout.startswith(
        "collection default: 3 added, 0 changed, 0 unchanged, 0 removed, 0 not read\n"
        "6 nodes made, 6 embeddings computed, 0 reused, "
    )
    (files / "0.txt").write_text("別", encoding="utf-8")
    again = json.loads(run("ingest", files, "--json").stdout)
    assert (again["collection"], again["changed"], again["unchanged"]) == ("default", 1, 2)
    assert (again["embeddings"], again["failed"]) == (1, [])


def test_files_that_cannot_be_read_are_named_and_the_rest_goes_on(files: Path) -> None:
    (files / "b\x1b[2J.bin").write_bytes(b"\0")
    done = run("ingest", files)
    assert done.exit_code == 0
    assert "3 added" in done.stdout
    assert "1 not read" in done.stdout
    assert "unsupported \\x1b[2Jfile" in done.stdout
    assert not [c for c in done.stdout if unicodedata.category(c) == "Cc" and c != "\n"]
    for text in files.glob("*.txt"):
        text.unlink()
    assert run("ingest", files, "--collection", "new").exit_code == 1, "nothing could be read"


def test_a_large_removal_needs_a_yes(files: Path) -> None:
    run("ingest", files)
    (files / "0.txt").unlink()
    refused = run("ingest", files, "--sync")
    assert refused.exit_code == 1
    assert (
        "kept though not among these files: 1 of the collection's documents: add --yes"
        in refused.stdout
    )
    done = run("ingest", files, "--sync", "--yes")
    assert done.exit_code == 0
    assert "2 unchanged, 1 removed" in done.stdout


def test_paths_that_do_not_exist(files: Path) -> None:
    done = run("ingest", files / "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_collections(files: Path) -> None:
    assert run("collections", "list").stdout == ""
    assert "no collections in" in run("collections", "list").stderr
    run("ingest", files)
    run("ingest", files, "--collection", "講義")
    lines = run("collections", "list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "DOCUMENTS", "NODES", "SIZE", "EMBEDDING"]
    assert [line.split()[:3] for line in lines[1:]] == [["default", "3", "6"], ["講義", "3", "6"]]
    listed = json.loads(run("collections", "list", "--json").stdout)
    assert [entry["name"] for entry in listed] == ["default", "講義"]
    assert listed[0]["identity"]["embedding"]["dimension"] == 384

    shown = run("collections", "show", "講義").stdout
    assert "documents   3, 6 nodes" in shown
    assert "2.txt" in shown
    detail = json.loads(run("collections", "show", "--json").stdout)
    assert detail["name"] == "default", "the config's collection"
    assert [file["source"] for file in detail["files"]] == ["0.txt", "1.txt", "2.txt"]

    unknown = run("collections", "show", "none")
    assert unknown.exit_code == 1
    assert "there are: default, 講義" in unknown.stderr


def test_drop_asks(files: Path) -> None:
    run("ingest", files)
    refused = run("collections", "drop", "default")
    assert refused.exit_code == 1
    assert "not dropped: add --yes" in refused.stderr
    done = run("collections", "drop", "default", "--yes", "--json")
    assert json.loads(done.stdout) == {"dropped": "default"}
    assert json.loads(run("collections", "list", "--json").stdout) == []
    assert run("collections", "drop", "default", "--yes").exit_code == 1
