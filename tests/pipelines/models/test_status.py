"""What `models list` and `doctor` are told about each state of a model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from local_hub import LocalHub, serve_hub
from local_index import model_in_parts

from pipelines.models.catalogue import HubRepository, InstalledFile, Model
from pipelines.models.conversion import MARKER
from pipelines.models.download import pull
from pipelines.models.folder import ModelFolder
from pipelines.models.status import list_models, model_status


@pytest.fixture
def model(content: bytes) -> Model:
    return model_in_parts(content, 1)


@pytest.fixture
def folder(content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch) -> ModelFolder:
    with serve_hub(LocalHub(content)) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)
        pull(model.name, tmp_path, sources=("hub",), catalogue=(model,))
    return ModelFolder(tmp_path, model.name)


def test_an_untouched_home_has_nothing_and_stays_untouched(tmp_path: Path) -> None:
    states = {status.name: status.state for status in list_models(tmp_path / "home")}
    assert states["qwen2.5-coder-1.5b"] == "absent"
    assert states["all-minilm-l6-v2"] == "absent"
    assert not (tmp_path / "home" / "models" / "qwen2.5-coder-1.5b").exists()


def test_downloaded(folder: ModelFolder, model: Model) -> None:
    status = model_status(model, folder.home)
    assert (status.state, status.problem, status.path) == ("downloaded", "", folder.root)
    assert status.bytes_on_disk >= 60_000 == status.size


def test_an_interrupted_pull(tmp_path: Path, model: Model) -> None:
    ModelFolder(tmp_path, model.name).partial.mkdir(parents=True)
    status = model_status(model, tmp_path)
    assert status.state == "partial"
    assert status.problem.endswith("run python main.py models pull tiny-llm")


def test_a_changed_file_is_noticed_by_its_time(folder: ModelFolder, model: Model) -> None:
    gguf = folder.source / "tiny.gguf"
    gguf.write_bytes(gguf.read_bytes()[:-1] + b"?")
    status = model_status(model, folder.home)
    assert status.state == "damaged"
    assert "wrong digest" in status.problem


def test_bytes_that_rotted_under_the_same_time_are_noticed_by_a_deep_look(
    folder: ModelFolder, model: Model
) -> None:
    gguf = folder.source / "tiny.gguf"
    times = gguf.stat()
    gguf.write_bytes(gguf.read_bytes()[:-1] + b"?")
    os.utime(gguf, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert model_status(model, folder.home).state == "downloaded"
    assert model_status(model, folder.home, deep=True).state == "damaged"


def test_a_stale_checkpoint_is_told(folder: ModelFolder, model: Model) -> None:
    checkpoint = folder.checkpoint("nf4")
    checkpoint.mkdir()
    (checkpoint / MARKER).write_text("{}")
    status = model_status(model, folder.home)
    assert status.state == "downloaded"
    assert status.checkpoints == ()
    assert "stale" in status.problem


def test_a_model_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"weights"
    package = tmp_path / "site" / "somemodel"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (package / "m.bin").write_bytes(data)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    import hashlib

    installed = InstalledFile(
        "somemodel", "1.0", "m.bin", len(data), hashlib.sha256(data).hexdigest()
    )
    model = Model("m", "t", "embeddings", "MIT", "b/m", HubRepository("b/m", "main"), (), installed)
    assert model_status(model, tmp_path).state == "downloaded"
    (package / "m.bin").write_bytes(b"Weights")
    status = model_status(model, tmp_path)
    assert status.state == "damaged"
    assert status.problem.endswith("run pip install --force-reinstall somemodel==1.0")
