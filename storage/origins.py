"""Which file each source of a collection was read from, so that names stay and stay apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipelines.digest import read_json_object, write_json
from storage.disk_errors import disk_errors
from storage.layout import collection_folder
from storage.readers.discovery import FoundFile, FoundFiles
from storage.readers.source_names import path_parts, source_name

ORIGINS = "origins.json"


def settle_sources(home: Path, name: str, found: FoundFiles) -> FoundFiles:
    """Give files the sources that the collection knows them by, and remember new ones.

    A file keeps the source that it got first, whichever folder is given later. A new file whose
    source is that of another file which still exists gets its parent folders' names before it
    ("2025/day1.md"), with a note. A folder that was moved or renamed keeps its documents: its old
    files are no longer there. Call it while no one else writes to the collection.

    Args:
        home: The home directory.
        name: The collection's name; its folder exists.
        found: What is about to be read.

    Raises:
        YomitokiError: The disk is full or not writable.
    """
    path = collection_folder(home, name) / ORIGINS
    origins = {s: str(p) for s, p in read_json_object(path).items()}
    sources_by_path = {file_path: source for source, file_path in origins.items()}
    files: list[FoundFile] = []
    notes: dict[str, str] = {}
    taken = dict(origins)
    for file in found.files:
        source = sources_by_path.get(str(file.path))
        if source is None:
            source = _free_source(file, taken)
            if source != file.source:
                notes[source] = (
                    f"{source}: named with its folder, because '{file.source}' is "
                    f"{taken[file.source]}"
                )
            elif source in found.notes:
                notes[source] = found.notes[source]
        taken[source] = str(file.path)
        files.append(replace(file, source=source))
    if taken != origins:
        with disk_errors(path):
            write_json(path, taken)
    return replace(found, files=sorted(files, key=lambda f: f.source), notes=notes)


def _free_source(file: FoundFile, taken: Mapping[str, str]) -> str:
    """The file's source, or as many more of its parent folders before it as make it free."""
    parts = path_parts(file.named)
    for count in range(file.source.count("/") + 1, len(parts) + 1):
        source = source_name(parts[-count:])
        holder = taken.get(source)
        if holder is None or holder == str(file.path) or not Path(holder).is_file():
            return source
    return source_name(parts)
