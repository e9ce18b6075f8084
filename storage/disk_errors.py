"""What the disk and SQLite raise, said so that a user can act on it."""

from __future__ import annotations

import errno
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import YomitokiError

# Beyond what a step writes itself: SQLite's WAL and Chroma's journals grow before they shrink.
FREE_SPACE_MARGIN_BYTES = 16 * 1024 * 1024

_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FREE_SPACE = "free some space, then run the same command again: nothing stored was lost"
_OTHER_HOME = "choose a folder you may write to with --home or $YOMITOKI_HOME"


class CatalogueDamagedError(YomitokiError):
    """A catalogue can't be read: it is cut short, overwritten or not a catalogue."""


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn an OSError of the body into a YomitokiError that names `where` and the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise YomitokiError(f"{where}: the disk is full: {_FREE_SPACE}") from error
        if error.errno in _READ_ONLY:
            raise YomitokiError(f"{where}: not writable: {_OTHER_HOME}") from error
        raise YomitokiError(f"{where}: {error.strerror or error}") from error


@contextmanager
def catalogue_errors(where: Path, name: str) -> Iterator[None]:
    """Turn a SQLite error of the body into a YomitokiError; `name` is the collection's.

    Raises:
        CatalogueDamagedError: The file is no intact catalogue.
        YomitokiError: Disk full, read-only, busy for longer than the timeout, or unreadable.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _operational(where, name, error) from error
    except sqlite3.DatabaseError as error:
        raise damaged(where, name, str(error)) from error


def need_free_space(where: Path, needed_bytes: int) -> None:
    """Refuse to start a step that would fill the disk.

    Chroma 1.5.9 hangs for 1,000 s in its first query after a full disk (chroma#7041), so a full
    disk must be met before Chroma writes.

    Raises:
        YomitokiError: Fewer than `needed_bytes` and a margin are free.
    """
    with disk_errors(where):
        free = shutil.disk_usage(where).free
    wanted = needed_bytes + FREE_SPACE_MARGIN_BYTES
    if free < wanted:
        raise YomitokiError(
            f"{where}: {free // 1_000_000} MB free, this step needs {wanted // 1_000_000} MB: "
            + _FREE_SPACE
        )


def _operational(where: Path, name: str, error: sqlite3.OperationalError) -> YomitokiError:
    text = str(error)
    if "full" in text:
        return YomitokiError(f"{where}: the disk is full: {_FREE_SPACE}")
    if "readonly" in text:
        return YomitokiError(f"{where}: not writable: {_OTHER_HOME}")
    if "locked" in text or "busy" in text:
        return YomitokiError(f"{where}: another process is writing: try again in a moment")
    if "unable to open" in text or "disk I/O" in text:
        return YomitokiError(f"{where}: can't be opened ({text}): check the disk and permissions")
    return damaged(where, name, text)


def damaged(where: Path, name: str, why: str) -> CatalogueDamagedError:
    """The error for a file of collection `name` that holds what no writer of ours wrote."""
    return CatalogueDamagedError(
        f"{where}: damaged ({why}): restore it from a backup, or build the collection anew: "
        + rebuild_command(name)
    )


def rebuild_command(name: str) -> str:
    """The command that builds a collection anew."""
    return f"python main.py ingest PATH --collection {shlex.quote(name)} --rebuild"
