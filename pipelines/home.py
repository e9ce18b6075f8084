"""Where yomitoki keeps models and collections on disk."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path


def home_directory(home: Path | None = None) -> Path:
    """The directory that holds everything: `home`, else $YOMITOKI_HOME, else the platform's."""
    if home is not None:
        return home.expanduser().absolute()
    configured = os.environ.get("YOMITOKI_HOME")
    if configured:
        return Path(configured).expanduser().absolute()
    return user_data_path("yomitoki", appauthor=False)


def models_directory(home: Path) -> Path:
    """Downloaded and converted models."""
    return home / "models"


def web_directory(home: Path) -> Path:
    """What was found in the web: a cache, which may be deleted."""
    return home / "web"


def uploads_directory(home: Path) -> Path:
    """What was uploaded over the web page: the files that its collections were read from."""
    return home / "uploads"


def evaluations_directory(home: Path) -> Path:
    """One folder a suite, with its report."""
    return home / "evals" / "runs"


def collections_directory(home: Path) -> Path:
    """One folder a collection."""
    return home / "collections"
