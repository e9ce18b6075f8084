"""The files of accepted and rejected questions: a line each, on the disk before the next begins."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from evals.synthesis.provenance import Provenance
from pipelines.config_files import shown
from pipelines.errors import ConfigError, YomitokiError

LOCKS = Path("evals") / "locks"


def rejected_path(accepted: Path) -> Path:
    """Where the rejected ones go: questions.rejected.jsonl beside questions.jsonl."""
    return accepted.with_name(f"{accepted.stem}.rejected.jsonl")


@contextmanager
def alone(accepted: Path, home: Path) -> Iterator[None]:
    """Inside, no other process of this home writes these files.

    Raises:
        YomitokiError: Another one does.
    """
    name = sha256(str(accepted.resolve()).encode()).hexdigest()[:16]
    path = home / LOCKS / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as error:
        raise YomitokiError(
            f"{shown(accepted)}: another process is writing it: wait for it, or give another --out"
        ) from error


class Journal:
    """The questions that an earlier run of the same command left, and those that follow.

    A line that a kill cut short was not acknowledged and is taken away; its question is made again.
    """

    def __init__(self, accepted: Path, provenance: Provenance) -> None:
        """Read what is there.

        Raises:
            ConfigError: It can't be read, or was made with something else: to go on would mix them.
        """
        self.path = accepted
        self.rejected_path = rejected_path(accepted)
        self.provenance = provenance
        try:
            accepted.parent.mkdir(parents=True, exist_ok=True)
            self.accepted = self._read(self.path)
            self.rejected = self._read(self.rejected_path)
        except OSError as error:
            raise ConfigError(f"{shown(accepted)}: {error.strerror or error}") from error

    @property
    def done(self) -> set[str]:
        """The ids of all questions that need not be made again."""
        return {str(record["id"]) for record in (*self.accepted, *self.rejected)}

    def accept(self, record: dict[str, Any]) -> None:
        """Write a question; when this returns it is on the disk."""
        _append(self.path, record)
        self.accepted.append(record)

    def reject(self, record: dict[str, Any]) -> None:
        """Write a rejected question; when this returns it is on the disk."""
        _append(self.rejected_path, record)
        self.rejected.append(record)

    def _read(self, path: Path) -> list[dict[str, Any]]:
        if not path.exists():
            return []
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        records = []
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                record = json.loads(line)
                made_with = record["synthesis"]
                different = self.provenance.differs_from(made_with)
                str(record["id"])
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ConfigError(
                    f"{shown(path)}: line {number}: not written by eval synthesize: give another "
                    "--out"
                ) from error
            if different:
                raise ConfigError(
                    f"{shown(path)}: line {number}: made with {'; '.join(different)}: give another "
                    f"--out, or delete it and {shown(rejected_path(self.path))}"
                )
            records.append(record)
        if len(whole) < len(content):
            os.truncate(path, len(whole))
        return records


def _append(path: Path, record: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
