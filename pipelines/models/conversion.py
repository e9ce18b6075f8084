"""From a downloaded GGUF file to a checkpoint folder that loads in seconds, made once."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

from pipelines.digest import read_json_object, sha256_of, write_json
from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.catalogue import CATALOGUE, Model, find_model
from pipelines.models.child import Ended, run_watched
from pipelines.models.folder import ModelFolder, locked
from pipelines.models.progress import OnProgress, Progress, silent
from pipelines.models.source_error import disk_error

Quantization = Literal["nf4", "int8", "bf16", "fp16", "fp32"]
Form = Literal["nf4", "bf16"]
FORMS: tuple[Form, ...] = get_args(Form)

MARKER = "conversion.json"
# Raise it when the conversion itself changes: every checkpoint made before is then stale, as one
# made with another major version of transformers is.
FORMAT = 1
SETTINGS: dict[Form, dict[str, Any]] = {
    "bf16": {"dtype": "bfloat16"},
    "nf4": {"quant_type": "nf4", "double_quant": True, "compute_dtype": "bfloat16"},
}
STALL_SECONDS = 1800.0
_ROOT = Path(__file__).parents[2]


def checkpoint_form(quantization: Quantization) -> Form:
    """Which saved form serves a quantisation.

    NF4 is saved quantised. The others load the bf16 form and are cast (fp16, fp32) or quantised
    (int8) while they load, which takes seconds, so that one folder serves them all.
    """
    return "nf4" if quantization == "nf4" else "bf16"


def find_checkpoint(model: Model, home: Path, form: Form) -> Path | None:
    """Folder of a finished, up-to-date checkpoint (weights, configuration, tokenizer), or None."""
    path = ModelFolder(home, model.name).checkpoint(form)
    return path if _is_current(model, path, form) else None


def ensure_checkpoint(
    name: str,
    home: Path,
    quantization: Quantization,
    on_progress: OnProgress | None = None,
    catalogue: tuple[Model, ...] = CATALOGUE,
) -> Path:
    """Folder to load a catalogue LLM from, converting the GGUF file when that was not done.

    The work runs in child processes, so its memory is free again afterwards; it appears under
    its final name only when finished, and one that was cut short or was made from other bytes or
    settings is made anew. Other files that someone puts into the folder are left alone until then.

    Args:
        name: Short name of an LLM in the catalogue.
        home: The home directory.
        quantization: How it will be loaded; see `checkpoint_form`.
        on_progress: Hears tensors unpacked, on the calling thread.
        catalogue: The models that may be named.

    Raises:
        ConfigError: Unknown name, or not an LLM.
        YomitokiError: Not downloaded, damaged, or the conversion failed.
    """
    model = find_model(name, catalogue)
    form = checkpoint_form(quantization)
    if model.gguf is None:
        raise ConfigError(
            f"llm: '{name}' is not a language model. Known:"
            f" {', '.join(m.name for m in catalogue if m.gguf)}"
        )
    folder = ModelFolder(home, name)
    if _is_current(model, folder.checkpoint(form), form):
        return folder.checkpoint(form)
    gguf = folder.source / model.gguf.path
    if not gguf.is_file():
        raise YomitokiError(f"{name}: not downloaded: run python main.py models pull {name}")
    report = on_progress or silent
    waiting = Progress(name, "waiting", 0, 1, "tensors")
    with locked(folder, lambda holder: report(replace(waiting, detail=f"for {holder}"))):
        if _is_current(model, folder.checkpoint(form), form):
            return folder.checkpoint(form)
        try:
            _Conversion(model, folder, gguf, report).run(form)
        except OSError as error:
            raise disk_error(error, folder.root) from error
    return folder.checkpoint(form)


def _expected(model: Model, form: Form) -> dict[str, Any]:
    gguf = model.gguf
    return {
        "format": FORMAT,
        "source_sha256": gguf.sha256 if gguf else "",
        "stop_tokens": list(model.stop_tokens),
        "settings": SETTINGS[form],
        "transformers": version("transformers").split(".")[0],
    }


def _is_current(model: Model, path: Path, form: Form) -> bool:
    """Whether the marker is there, says what would be said today, and no file was cut short."""
    marker = read_json_object(path / MARKER)
    expected = _expected(model, form)
    if not marker or any(marker.get(key) != value for key, value in expected.items()):
        return False
    files = marker.get("files", {})
    return bool(files) and all(
        (path / name).is_file() and (path / name).stat().st_size == size
        for name, size in files.items()
    )


@dataclass
class _Conversion:
    """One conversion under the model's lock."""

    model: Model
    folder: ModelFolder
    gguf: Path
    report: OnProgress

    def run(self, form: Form) -> None:
        for left in self.folder.root.glob(".converting-*"):
            shutil.rmtree(left, ignore_errors=True)
        self._check_space(form)
        try:
            base = self.folder.checkpoint("bf16")
            if not _is_current(self.model, base, "bf16"):
                base = self._dequantise()
            if form == "bf16":
                self._place(base, "bf16")
            else:
                self._place(self._quantise(base), "nf4")
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    @property
    def _work(self) -> Path:
        return self.folder.root / f".converting-{os.getpid()}"

    def _dequantise(self) -> Path:
        expected = self.model.gguf
        self.report(Progress(self.model.name, "verifying", 0, 1, "tensors", self.gguf.name))
        if expected is None or sha256_of(self.gguf) != expected.sha256:
            raise YomitokiError(
                f"{self.gguf}: wrong digest, changed since it was downloaded:"
                f" run python main.py models pull {self.model.name}"
            )
        out = self._work / "bf16"
        self._child("dequantise", self.gguf, out)
        return out

    def _quantise(self, base: Path) -> Path:
        out = self._work / "nf4"
        self._child("quantise", base, out)
        return out

    def _child(self, step: str, source: Path, out: Path) -> None:
        out.mkdir(parents=True)
        job = {
            "step": step,
            "source": str(source),
            "out": str(out),
            "parent": os.getpid(),
            "stop_tokens": list(self.model.stop_tokens),
        }
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        environment = {
            **os.environ,
            "PYTHONPATH": path,
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_VERBOSITY": "error",
            "TOKENIZERS_PARALLELISM": "false",
        }
        command = [sys.executable, "-m", "pipelines.models.conversion_worker", json.dumps(job)]
        ended = run_watched(command, environment, self._headway, STALL_SECONDS)
        if ended.returncode or ended.stalled:
            raise YomitokiError(f"{self.model.name}: not converted: {self._why(ended)}")

    def _headway(self, lines: str) -> int:
        done = 0
        for line in lines.splitlines():
            if line.startswith('{"done"'):
                told = json.loads(line)
                done = told["done"] + 1
                self.report(
                    Progress(
                        self.model.name,
                        "converting",
                        told["done"],
                        told["total"],
                        "tensors",
                        told["detail"],
                    )
                )
        return done

    def _why(self, ended: Ended) -> str:
        if ended.stalled:
            return f"no headway for {STALL_SECONDS:.0f} s"
        if ended.returncode == -9:
            need = 1.6 * dict(self.model.checkpoint_bytes).get("bf16", 0) / 1e9
            return f"the system ended it, most likely for want of memory (about {need:.0f} GB)"
        if "No space left on device" in ended.output:
            return f"{self.folder.root}: the disk is full: free some space"
        said = [
            line
            for line in ended.output.splitlines()
            if line.strip() and not line.startswith('{"done"')
        ]
        return said[-1][:300] if said else f"exit code {ended.returncode}"

    def _place(self, made: Path, form: Form) -> None:
        """Sign the folder and give it its final name."""
        files = {path.name: path.stat().st_size for path in made.iterdir()}
        for name in files:
            with (made / name).open("rb") as file:
                os.fsync(file.fileno())
        libraries = ("transformers", "torch", "bitsandbytes", "gguf")
        marker = _expected(self.model, form) | {
            "versions": {library: version(library) for library in libraries},
            "files": files,
        }
        write_json(made / MARKER, marker)
        final = self.folder.checkpoint(form)
        shutil.rmtree(final, ignore_errors=True)
        made.replace(final)

    def _check_space(self, form: Form) -> None:
        sizes = dict(self.model.checkpoint_bytes)
        needed = sizes.get("bf16", 0) + (sizes.get("nf4", 0) if form == "nf4" else 0)
        free = shutil.disk_usage(self.folder.root).free
        if free < needed:
            raise YomitokiError(
                f"{self.folder.root}: converting {self.model.name} needs {needed / 1e9:.1f} GB"
                f" and {free / 1e9:.1f} GB are free: free some space or choose another --home"
            )
