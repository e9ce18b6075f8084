"""A recording of what the web gave, so that an evaluation finds the same every time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipelines.component import ComponentSettings, fingerprint
from pipelines.errors import YomitokiError

Mode = Literal["record", "replay"]


class CassetteSettings(ComponentSettings):
    """A JSONL file: `record` asks the web for what the file lacks and adds it, `replay` never asks.

    What is on it is found by the query and the settings that decide the results, so a file serves
    several configs.
    """

    path: Path
    mode: Mode = Field("replay", description="record or replay")


class Cassette:
    """An open cassette; each entry is on disk before `add` returns."""

    def __init__(self, settings: CassetteSettings) -> None:
        """Read the file.

        Raises:
            YomitokiError: It can't be read, or a line is none of ours; a last line that was cut off
                is left out.
        """
        self._settings = settings
        self._path = settings.path.expanduser()
        self._entries: dict[str, Any] = {}
        self._load()

    @property
    def replays(self) -> bool:
        """Whether nothing may be asked of the web."""
        return self._settings.mode == "replay"

    def get(self, asked: dict[str, Any]) -> Any | None:
        """What was recorded; None if nothing was.

        Raises:
            YomitokiError: Nothing was, and it replays.
        """
        key = fingerprint(asked)
        if key in self._entries:
            return self._entries[key]
        if self.replays:
            what = asked.get("query") or asked.get("url")
            raise YomitokiError(
                f"{self._path}: nothing is recorded for {what!r} with these settings: record it "
                "with retriever.cassette.mode=record, or evaluate with the settings it was "
                "recorded with"
            )
        return None

    def add(self, asked: dict[str, Any], value: Any) -> None:
        """Record what was found.

        Raises:
            YomitokiError: The file can't be written.
        """
        line = json.dumps({"asked": asked, "value": value}, ensure_ascii=False, sort_keys=True)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._wrong(f"can't be written ({error.strerror or error})") from error
        self._entries[fingerprint(asked)] = value

    def _load(self) -> None:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            if self.replays:
                raise self._wrong(
                    "there is no such file: record it with retriever.cassette.mode=record"
                ) from None
            return
        except OSError as error:
            raise self._wrong(f"can't be read ({error.strerror or error})") from error
        whole = data.rfind(b"\n") + 1
        if whole < len(data) and not self.replays:
            self._cut(whole)
        for number, line in enumerate(data[:whole].split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
                self._entries[fingerprint(entry["asked"])] = entry["value"]
            except (ValueError, KeyError, TypeError) as error:
                raise self._wrong(f"line {number}: no recording: delete the line") from error

    def _cut(self, size: int) -> None:
        """Take away the line that a killed process left half."""
        try:
            os.truncate(self._path, size)
        except OSError as error:
            raise self._wrong(f"can't be written ({error.strerror or error})") from error

    def _wrong(self, what: str) -> YomitokiError:
        return YomitokiError(f"{self._path}: {what}")
