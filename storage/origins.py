"""Where each document was read from, so that another file of the same name does not replace it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.digest import read_json_object, write_json
from storage.disk_errors import disk_errors
from storage.ingest_report import IngestFailure
from storage.layout import collection_folder
from storage.readers.discovery import FoundFile

ORIGINS = "origins.json"


def taken_names(home: Path, name: str, files: Sequence[FoundFile]) -> list[IngestFailure]:
    """The files whose source a collection knows from another file that still exists.

    A folder that was moved or renamed keeps its documents: its old files are no longer there.

    Args:
        home: The home directory.
        name: The collection's name; a new one knows no sources.
        files: What is about to be read.
    """
    origins = read_json_object(collection_folder(home, name) / ORIGINS)
    failures = []
    for file in files:
        before = origins.get(file.source)
        if isinstance(before, str) and before != str(file.path) and Path(before).is_file():
            failures.append(
                IngestFailure(
                    file.source,
                    f"{file.path} has the name of {before}, which the collection holds: ingest "
                    "both folders in one command with --sync, or use another --collection",
                )
            )
    return failures


def note_origins(home: Path, name: str, files: Sequence[FoundFile]) -> None:
    """Remember where files were read from; call it when they are stored.

    Raises:
        YomitokiError: The disk is full or not writable.
    """
    path = collection_folder(home, name) / ORIGINS
    noted = read_json_object(path)
    fresh = {file.source: str(file.path) for file in files}
    if any(noted.get(source) != origin for source, origin in fresh.items()):
        with disk_errors(path):
            write_json(path, {**noted, **fresh})
