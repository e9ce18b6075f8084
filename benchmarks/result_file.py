"""Results of a long run, kept one by one, so that a killed run goes on where it was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class ResultFile:
    """A JSONL file of records by `key`; what is added is on disk before the next one is made."""

    def __init__(self, path: Path) -> None:
        """Open a file, or begin one; a last line that a kill cut short is dropped."""
        self._path = path
        self.records: dict[str, dict[str, Any]] = {}
        raw = path.read_bytes() if path.exists() else b""
        whole = raw[: raw.rfind(b"\n") + 1]
        if whole != raw:
            os.truncate(path, len(whole))
        for line in whole.decode("utf-8").splitlines():
            record = json.loads(line)
            self.records[record["key"]] = record

    def add(self, key: str, record: dict[str, Any]) -> None:
        """Keep a record; a later one of the same key takes its place."""
        keyed = {"key": key, **record}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(keyed, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.records[key] = keyed
