"""Where a model lives under the home directory, and the lock that its writers share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import YomitokiError
from pipelines.home import models_directory


@dataclass(frozen=True)
class ModelFolder:
    """``<home>/models/<name>`` and what is in it.

    `source` holds the files as downloaded, `nf4` and `bf16` the converted checkpoints, `.partial`
    what is unfinished, `verified.json` the digests already checked.
    """

    home: Path
    name: str

    @property
    def root(self) -> Path:
        return models_directory(self.home) / self.name

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def partial(self) -> Path:
        return self.root / ".partial"

    @property
    def verified(self) -> Path:
        return self.root / "verified.json"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    def checkpoint(self, form: str) -> Path:
        """Folder of a converted form, ``nf4`` or ``bf16``."""
        return self.root / form


@contextmanager
def locked(folder: ModelFolder, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the model's lock; while another process has it, wait and say who.

    The system releases the lock when its holder ends, however it ends.

    Args:
        folder: The model's folder; created when absent.
        on_wait: Hears ``process 1234`` about twice a second for as long as it takes.

    Raises:
        YomitokiError: The folder can't be created.
    """
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise YomitokiError(
            f"{folder.root}: can't be created ({error.strerror}): choose another --home"
        ) from error
    holder = folder.root / ".lock-holder"
    lock = FileLock(folder.lock)
    while True:
        try:
            lock.acquire(timeout=0.5)
            break
        except Timeout:
            on_wait(_name_of(holder))
    try:
        holder.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _name_of(holder: Path) -> str:
    try:
        return f"process {int(holder.read_text(encoding='ascii'))}"
    except (OSError, ValueError):
        time.sleep(0.05)
        return "another process"


def bytes_under(folder: Path) -> int:
    """Bytes of all files under a folder, which another process may be changing meanwhile."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(place, name)).st_size
            except FileNotFoundError:
                continue
    return size
