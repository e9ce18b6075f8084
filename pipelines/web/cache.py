"""Results and pages on disk, each in a file of its own, used as long as they are young enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.component import fingerprint
from pipelines.digest import read_json_object, write_json

_SECONDS_A_DAY = 86_400.0
VERSION = 1


class WebCache:
    """Entries by what was asked; a damaged one is none, and a folder that can't be written keeps
    none.

    Old entries are deleted when one is put into the folder.
    """

    def __init__(
        self, folder: Path | None, days: float, clock: Callable[[], float] = time.time
    ) -> None:
        """
        Args:
            folder: Where entries are; None keeps nothing.
            days: How old an entry may be; 0 keeps nothing.
            clock: Seconds since the epoch.
        """
        self._folder = folder if days > 0 else None
        self._seconds = days * _SECONDS_A_DAY
        self._clock = clock

    def get(self, asked: dict[str, Any]) -> Any | None:
        """The value of what was asked, a JSON value; None if there is none or it is too old."""
        if self._folder is None:
            return None
        entry = read_json_object(self._path(self._folder, asked))
        at = entry.get("at")
        if entry.get("asked") != asked or not isinstance(at, int | float):
            return None
        # From the future: the clock was set back, and nobody knows how old it is.
        return entry.get("value") if 0 <= self._clock() - at <= self._seconds else None

    def put(self, asked: dict[str, Any], value: Any) -> None:
        """Keep a value: a whole file, written beside and renamed."""
        if self._folder is None:
            return
        entry = {"asked": asked, "at": self._clock(), "value": value}
        try:
            self._forget(self._folder)
            write_json(self._path(self._folder, asked), entry)
        except OSError:
            return

    def _path(self, folder: Path, asked: dict[str, Any]) -> Path:
        return folder / f"{fingerprint([VERSION, asked])}.json"

    def _forget(self, folder: Path) -> None:
        """Delete what is too old to be used. Their age is that of the files."""
        for path in folder.glob("*.json"):
            if self._clock() - path.stat().st_mtime > self._seconds:
                path.unlink(missing_ok=True)
