"""Names of sources: safe to print, one name a file, and no two files with one name."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePath

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe_name(name: str) -> str:
    r"""A file name with what could fool a terminal or a database written as an escape.

    Control and format characters (also the direction marks that make a name read differently),
    line separators and undecodable bytes become ``\x1b``, ``\u202e``, ``\udc82``; a backslash is
    doubled, so that two different names never become equal.
    """
    if name.isascii() and name.isprintable() and "\\" not in name:
        return name
    return "".join(_escape(c) for c in name)


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) not in _ESCAPED_CATEGORIES:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def source_name(parts: Sequence[str]) -> str:
    """The source of a file: its path's parts, each made safe, with "/" between them."""
    return "/".join(safe_name(part) for part in parts)


def distinct_sources(files: Sequence[tuple[Path, int]]) -> list[str]:
    """One source name a file, the same whatever the order of the files.

    A file's name is as short as can be: the last parts of its path. Where files of different
    folders would share it, all of those files are told apart by as many parent folders as that
    takes ("2024/day1.md", "2025/day1.md").

    Args:
        files: Absolute paths, no two equal, each with the number (>= 1) of its last parts that
            its name has at least: those below the folder that the user gave.
    """
    wanted = [count for _, count in files]
    parts = [path_parts(path) for path, _ in files]
    while True:
        names = [source_name(p[-count:]) for p, count in zip(parts, wanted, strict=True)]
        holders: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            holders.setdefault(name, []).append(index)
        shared = [i for group in holders.values() if len(group) > 1 for i in group]
        if not shared:
            return names
        for i in shared:
            wanted[i] = min(wanted[i] + 1, len(parts[i]))


def path_parts(path: PurePath) -> tuple[str, ...]:
    """An absolute path's parts without its root; a drive counts as a folder ("C")."""
    drive = path.drive.rstrip(":")
    return (drive, *path.parts[1:]) if drive else path.parts[1:]
