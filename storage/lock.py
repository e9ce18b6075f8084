"""One writer a collection: a lock that the operating system frees when its holder dies."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from pipelines.errors import BusyError, YomitokiError
from storage.disk_errors import disk_errors
from storage.layout import lock_path, make_folder, replace_file

# Long enough to outlast a probe of `lock_holder`, short enough to refuse within a second.
WAIT_SECONDS = 0.4


@dataclass(frozen=True)
class Holder:
    """The process that writes a collection; `pid` is 0 when it has not named itself yet."""

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        if not self.pid:
            return "another process"
        return f"process {self.pid} ({self.command}, since {self.since})"


class WriterLock:
    """The right to change one collection, held by at most one process.

    The kernel's lock decides; the note beside it only names the holder, so a note left by a dead
    process refuses nobody.
    """

    def __init__(self, folder: Path, name: str, command: str | None = None) -> None:
        """Name the collection's `folder` and `name`; `command` defaults to this process's."""
        self._name = name
        self._command = command or shlex.join(["python", *sys.argv])[:200]
        self._path = lock_path(folder)
        self._lock = FileLock(self._path, thread_local=False)

    def acquire(self, wait_seconds: float = WAIT_SECONDS) -> None:
        """Take the lock.

        Raises:
            BusyError: Another process (or another writer of this one) holds it.
            YomitokiError: The folder is not writable.
        """
        make_folder(self._path.parent)
        with disk_errors(self._path):
            try:
                self._lock.acquire(timeout=wait_seconds, poll_interval=0.02)
            except Timeout as timeout:
                raise BusyError(
                    f"collection {self._name!r}: {_noted_holder(self._path)} is writing to it: "
                    "wait until it ends"
                ) from timeout
        since = datetime.now(UTC).isoformat(timespec="seconds")
        note = {"pid": os.getpid(), "command": self._command, "since": since}
        try:
            replace_file(_note_path(self._path), json.dumps(note, ensure_ascii=False))
        except YomitokiError:
            self.release()
            raise

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if self._lock.is_locked:
            with suppress(OSError):
                _note_path(self._path).unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def lock_holder(folder: Path) -> Holder | None:
    """Who is writing to the collection in `folder`; None when nobody is."""
    path = lock_path(folder)
    if not path.exists():
        return None
    probe = FileLock(path, thread_local=False)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return _noted_holder(path)
    except OSError:
        return None  # A home that can't be written has no writer.
    probe.release()
    return None


def _note_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _noted_holder(path: Path) -> Holder:
    """The holder's own note; it is written a moment after the lock is taken, so wait a little."""
    for _ in range(10):
        with suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(_note_path(path).read_bytes())
            return Holder(int(note["pid"]), str(note["command"]), str(note["since"]))
        time.sleep(0.03)
    return Holder(0, "", "")
