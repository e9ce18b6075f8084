"""SHA-256 of files, checked once and remembered by size and modification time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

BLOCK_BYTES = 1 << 20


def sha256_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """Hex digest of a file's bytes; `on_bytes` hears how many each block added."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def checked_digest(path: Path, marker: Path | None) -> str:
    """Digest of a file, taken from `marker` when size and modification time are as noted there.

    Args:
        path: The file.
        marker: JSON file that remembers digests by absolute path; None hashes every time. A
            marker that can't be written (a read-only home) is not an error.
    """
    if (noted := noted_digest(path, marker)) is not None:
        return noted
    digest = sha256_of(path)
    note_digest(path, digest, marker)
    return digest


def noted_digest(path: Path, marker: Path | None) -> str | None:
    """The digest that `marker` holds for the file as it is now, or None."""
    if marker is None:
        return None
    note = read_json_object(marker).get(str(path.absolute()))
    if not isinstance(note, dict) or note.get("stat") != _stat(path):
        return None
    digest = note.get("sha256")
    return digest if isinstance(digest, str) else None


def note_digest(path: Path, digest: str, marker: Path | None) -> None:
    """Remember a digest that was just computed or verified."""
    if marker is None:
        return
    notes = read_json_object(marker)
    notes[str(path.absolute())] = {"stat": _stat(path), "sha256": digest}
    try:
        write_json(marker, notes)
    except OSError:
        return


def write_json(path: Path, value: Any) -> None:
    """Write JSON to a temporary file beside `path` and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON object from a file of ours; absent or damaged reads as empty."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _stat(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
