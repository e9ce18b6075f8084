"""A model that an installed package brings with it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pipelines.digest import checked_digest
from pipelines.errors import YomitokiError
from pipelines.models.catalogue import InstalledFile, Model


def installed_file(installed: InstalledFile) -> Path | None:
    """Where the model lies in the installed package, without importing it; None when absent."""
    spec = find_spec(installed.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / installed.path
    return path if path.is_file() else None


def verify_installed(model: Model, marker: Path | None) -> Path:
    """The installed model's file, its digest verified (once, remembered in `marker`).

    Raises:
        YomitokiError: The package is missing, or its file has other bytes than the catalogue's.
    """
    installed = model.installed
    if installed is None:
        raise ValueError(f"{model.name} does not come in a package")
    requirement = f"{installed.package}=={installed.version}"
    path = installed_file(installed)
    if path is None:
        raise YomitokiError(
            f"{model.name}: the package {installed.package} is not installed: run pip install"
            f" {requirement}"
        )
    if checked_digest(path, marker) != installed.sha256:
        raise YomitokiError(
            f"{path}: wrong digest: run pip install --force-reinstall {requirement}"
        )
    return path
