"""Where a collection lies on disk: its folder, its generations and the pointer to the live one.

collections/.locks/<folder>.lock        see lock.py
collections/<folder>/collection.json    the collection's name and its live generation
collections/<folder>/g000001/           one generation: built as a whole, replaced as a whole
    catalogue.sqlite3                   the truth
    chroma-<hex>/                       vector index, derived
    words/<tokenizer>-<version>/        lexical indexes, derived
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ConfigError
from pipelines.home import collections_directory
from storage.disk_errors import damaged, disk_errors

POINTER = "collection.json"
CATALOGUE = "catalogue.sqlite3"
WORDS = "words"
MAX_NAME_CHARS = 100

_GENERATION = re.compile(r"g\d{6}")
_UNSAFE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Pointer:
    """The content of collection.json: the name as the user wrote it, the live generation."""

    name: str
    generation: str


def check_name(name: str) -> str:
    """The name in the form that is stored (NFC).

    Raises:
        ConfigError: Empty, longer than MAX_NAME_CHARS, with control characters, surrogates or
            spaces at an end.
    """
    name = unicodedata.normalize("NFC", name)
    bad = any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"} for char in name)
    if bad or not name or name != name.strip() or len(name) > MAX_NAME_CHARS:
        raise ConfigError(
            f"collection {name!r}: not a name: 1 to {MAX_NAME_CHARS} characters, in any language, "
            "without control characters or spaces at the ends"
        )
    return name


def collection_folder(home: Path, name: str) -> Path:
    """The folder of a collection: a readable ASCII part and a hash, so that any name is safe."""
    name = check_name(name)
    ascii_part = _UNSAFE.sub("-", name.lower()).strip("-")[:40] or "collection"
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return collections_directory(home) / f"{ascii_part}-{digest}"


def lock_path(folder: Path) -> Path:
    """The lock file of a collection; outside of its folder, so dropping can't move it."""
    return folder.parent / ".locks" / f"{folder.name}.lock"


def collection_folders(home: Path) -> list[Path]:
    """The folders of all collections, by folder name."""
    directory = collections_directory(home)
    with disk_errors(directory):
        if not directory.is_dir():
            return []
        return sorted(
            path
            for path in directory.iterdir()
            if not path.name.startswith(".") and (path / POINTER).is_file()
        )


def read_pointer(folder: Path) -> Pointer | None:
    """The pointer of a collection; None when there is no such collection.

    Raises:
        CatalogueDamagedError: The file is not a pointer.
    """
    path = folder / POINTER
    with disk_errors(path):
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
    try:
        value = json.loads(content)
        pointer = Pointer(str(value["name"]), str(value["generation"]))
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, folder.name, str(error)) from error
    if not _GENERATION.fullmatch(pointer.generation):
        raise damaged(path, pointer.name, f"generation {pointer.generation!r}")
    return pointer


def write_pointer(folder: Path, pointer: Pointer) -> None:
    """Make a generation the live one, atomically and durably."""
    content = json.dumps({"name": pointer.name, "generation": pointer.generation})
    replace_file(folder / POINTER, content)


def generations(folder: Path) -> list[str]:
    """Names of the generation folders present, oldest first."""
    with disk_errors(folder):
        return sorted(p.name for p in folder.iterdir() if _GENERATION.fullmatch(p.name))


def next_generation(folder: Path) -> str:
    """The name of the generation after all that are present."""
    present = generations(folder)
    return f"g{int(present[-1][1:]) + 1:06d}" if present else "g000001"


def replace_file(path: Path, content: str) -> None:
    """Write a small text file so that a kill leaves the old or the new content, whole."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with disk_errors(path):
        try:
            with temporary.open("w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Create a folder with its parents, durably; it may exist."""
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames and new files in a folder durable, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folder(path: Path) -> None:
    """Delete a folder that nothing points to; what can't be deleted now is left for later."""
    shutil.rmtree(path, ignore_errors=True)
