"""Checksums of a derived folder's files: an index is opened only when they still hold."""

from __future__ import annotations

import zlib
from pathlib import Path

_BLOCK_BYTES = 1 << 20

# Relative path, with "/" between parts, to [size in bytes, CRC-32].
Manifest = dict[str, list[int]]


def make_manifest(folder: Path) -> Manifest:
    """Sizes and checksums of all files in a folder and below.

    A damaged HNSW file can crash the whole process when Chroma loads it (chroma#7238), so damage
    must be known before. CRC-32 finds damage; it is no protection from a forger.

    Raises:
        OSError: A file can't be read.
    """
    manifest: Manifest = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            manifest[path.relative_to(folder).as_posix()] = _sum(path, None)
    return manifest


def copy_verified(source: Path, target: Path, manifest: Manifest) -> bool:
    """Copy the manifest's files to the existing folder `target`; whether all were as noted.

    Raises:
        OSError: `target` can't be written.
    """
    for relative, noted in manifest.items():
        copy = target / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            if _sum(source / relative, copy) != noted:
                return False
        except FileNotFoundError:
            return False
    return True


def matches(folder: Path, manifest: Manifest) -> bool:
    """Whether a folder holds the manifest's files and no others, all as noted."""
    try:
        return make_manifest(folder) == manifest
    except OSError:
        return False


def _sum(path: Path, copy: Path | None) -> list[int]:
    size = checksum = 0
    with path.open("rb") as file:
        output = copy.open("wb") if copy else None
        try:
            while block := file.read(_BLOCK_BYTES):
                size += len(block)
                checksum = zlib.crc32(block, checksum)
                if output:
                    output.write(block)
        finally:
            if output:
                output.close()
    return [size, checksum]
