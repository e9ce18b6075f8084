"""When a checkpoint is made, trusted, made anew, and what a failure says (scripted worker)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from local_index import model_in_parts

from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.catalogue import CATALOGUE, Model
from pipelines.models.conversion import (
    MARKER,
    Quantization,
    checkpoint_form,
    ensure_checkpoint,
    find_checkpoint,
)
from pipelines.models.folder import ModelFolder
from pipelines.models.progress import Progress

WORKER = """#!{python} -S
import json, os, pathlib, sys
job = json.loads(sys.argv[3])
with open({log!r}, "a") as log:
    log.write(job["step"] + " " + pathlib.Path(job["source"]).name + "\\n")
print("a library's chatter")
print(json.dumps({{"done": 1, "total": 2, "detail": job["step"]}}), flush=True)
{extra}
out = pathlib.Path(job["out"])
(out / "model.safetensors").write_bytes(job["step"].encode())
(out / "tokenizer.json").write_text("{{}}")
"""


@pytest.fixture
def model(content: bytes) -> Model:
    return model_in_parts(content, 1)


@pytest.fixture
def folder(tmp_path: Path, content: bytes) -> ModelFolder:
    """A home whose model is downloaded."""
    folder = ModelFolder(tmp_path / "home", "tiny-llm")
    folder.source.mkdir(parents=True)
    (folder.source / "tiny.gguf").write_bytes(content)
    return folder


class Worker:
    """Stands for the Python that conversions run in; says which steps it was given."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._log = place / "steps"
        self._path = place / "python"
        self._python = sys.executable
        self.acts("")
        monkeypatch.setattr(sys, "executable", str(self._path))

    def acts(self, extra: str) -> None:
        self._path.write_text(
            WORKER.format(python=self._python, log=str(self._log), extra=extra), encoding="utf-8"
        )
        self._path.chmod(0o755)

    @property
    def steps(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(tmp_path, monkeypatch)


def _ensure(
    folder: ModelFolder,
    model: Model,
    quantization: Quantization = "nf4",
    heard: list[Progress] | None = None,
) -> Path:
    listen = heard.append if heard is not None else None
    return ensure_checkpoint(model.name, folder.home, quantization, listen, (model,))


def test_what_is_not_downloaded_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(YomitokiError) as caught:
        ensure_checkpoint("qwen2.5-coder-1.5b", tmp_path, "nf4")
    assert str(caught.value) == (
        "qwen2.5-coder-1.5b: not downloaded: run python main.py models pull qwen2.5-coder-1.5b"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_embedding_is_no_language_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'e5-small' is not a language model\. Known: qwen"):
        ensure_checkpoint("e5-small", tmp_path, "nf4")


@pytest.mark.parametrize(
    ("quantization", "form"),
    [("nf4", "nf4"), ("int8", "bf16"), ("bf16", "bf16"), ("fp16", "bf16"), ("fp32", "bf16")],
)
def test_which_saved_form_serves_a_quantisation(quantization: Quantization, form: str) -> None:
    assert checkpoint_form(quantization) == form


def test_nf4_is_made_in_two_steps_and_leaves_nothing_else(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    heard: list[Progress] = []
    path = _ensure(folder, model, heard=heard)
    assert path == folder.root / "nf4"
    assert worker.steps == ["dequantise tiny.gguf", "quantise bf16"]
    assert (path / "model.safetensors").read_bytes() == b"quantise"
    assert sorted(p.name for p in folder.root.iterdir()) == [".lock", "nf4", "source"]
    told = [(p.detail, p.done, p.total, p.unit) for p in heard if p.stage == "converting"]
    assert told == [("dequantise", 1, 2, "tensors"), ("quantise", 1, 2, "tensors")]
    marker = json.loads((path / MARKER).read_text())
    assert marker["source_sha256"] == model.files[0].sha256
    assert set(marker["versions"]) == {"transformers", "torch", "bitsandbytes", "gguf"}


def test_a_finished_checkpoint_is_used_as_it_is_even_without_its_source(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    path = _ensure(folder, model)
    (path / "made-by-another-room.bin").write_bytes(b"derived")
    shutil.rmtree(folder.source)
    assert _ensure(folder, model) == path
    assert len(worker.steps) == 2
    assert (path / "made-by-another-room.bin").exists()


def test_nf4_starts_from_a_bf16_that_is_there(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    assert _ensure(folder, model, "fp32") == folder.root / "bf16"
    _ensure(folder, model, "nf4")
    assert worker.steps == ["dequantise tiny.gguf", "quantise bf16"]
    assert (folder.root / "bf16" / "model.safetensors").exists()


def test_a_file_cut_short_or_lost_is_made_anew(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    path = _ensure(folder, model, "bf16")
    (path / "model.safetensors").write_bytes(b"deq")
    _ensure(folder, model, "bf16")
    (path / "tokenizer.json").unlink()
    _ensure(folder, model, "bf16")
    assert worker.steps == ["dequantise tiny.gguf"] * 3
    assert (path / "model.safetensors").read_bytes() == b"dequantise"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("source_sha256", "0" * 64),
        ("format", 0),
        ("settings", {"dtype": "float32"}),
        ("stop_tokens", []),
        ("transformers", "4"),
    ],
)
def test_a_checkpoint_made_otherwise_is_stale(
    key: str, value: object, folder: ModelFolder, model: Model, worker: Worker
) -> None:
    path = _ensure(folder, model, "bf16")
    marker = json.loads((path / MARKER).read_text())
    (path / MARKER).write_text(json.dumps(marker | {key: value}))
    assert find_checkpoint(model, folder.home, "bf16") is None
    _ensure(folder, model, "bf16")
    assert len(worker.steps) == 2
    assert json.loads((path / MARKER).read_text()) == marker


def test_a_folder_without_its_marker_is_unfinished(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    (_ensure(folder, model, "bf16") / MARKER).unlink()
    assert find_checkpoint(model, folder.home, "bf16") is None
    assert len(worker.steps) == 1


def test_what_an_interrupted_conversion_left_is_swept(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    left = folder.root / ".converting-1" / "bf16"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    _ensure(folder, model, "bf16")
    assert not left.parent.exists()
    assert worker.steps == ["dequantise tiny.gguf"]


def test_a_source_that_changed_is_refused_with_the_remedy(
    folder: ModelFolder, model: Model, worker: Worker
) -> None:
    (folder.source / "tiny.gguf").write_bytes(b"GGUF of another model")
    with pytest.raises(YomitokiError, match=r"wrong digest.*run python main\.py models pull tiny"):
        _ensure(folder, model)
    assert worker.steps == []


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("raise ValueError('no such architecture')", "ValueError: no such architecture"),
        ("sys.exit('RuntimeError: bad tensor')", "RuntimeError: bad tensor"),
        ("os.kill(os.getpid(), 9)", r"the system ended it, most likely for want of memory"),
        ("sys.exit('OSError: No space left on device')", "the disk is full: free some space"),
        ("os._exit(3)", "a library's chatter"),
    ],
)
def test_a_failed_worker_is_reported_in_a_line_and_leaves_nothing(
    extra: str, said: str, folder: ModelFolder, model: Model, worker: Worker
) -> None:
    worker.acts(extra)
    with pytest.raises(YomitokiError, match=f"tiny-llm: not converted: .*{said}") as caught:
        _ensure(folder, model)
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in folder.root.iterdir()) == [".lock", "source"]


def test_too_little_disk_is_said_before_the_work(
    folder: ModelFolder, model: Model, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1999))
    with pytest.raises(YomitokiError, match=r"converting tiny-llm needs .* free some space"):
        _ensure(folder, model)
    assert worker.steps == []


def test_the_worker_ends_when_nobody_waits_for_it(tmp_path: Path) -> None:
    job = {"step": "dequantise", "source": "none", "out": str(tmp_path), "parent": 1}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.models.conversion_worker", json.dumps(job)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_every_llm_of_the_catalogue_says_how_large_its_forms_are() -> None:
    for model in CATALOGUE:
        if model.role == "llm":
            sizes = dict(model.checkpoint_bytes)
            assert 0 < sizes["nf4"] < sizes["bf16"]
            assert model.stop_tokens
