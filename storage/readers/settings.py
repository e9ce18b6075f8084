"""Settings of the file reader: what is read, and how much a file may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from pipelines.component import ComponentSettings
from storage.readers.formats import EXTENSIONS, FORMATS

if TYPE_CHECKING:
    from storage.readers.reader import FileReader

READER_VERSION = 2
"""Rises whenever the same bytes and settings would give another text or other sections."""


class FileReaderSettings(ComponentSettings):
    """Reads files from disk within limits that hold for each file on its own.

    `memory_mb` bounds the address space of the process that parses the files, and
    `timeout_seconds` its wall time for one file. `max_text_chars` bounds the text that comes
    out, because a small file can unpack to a huge one.
    """

    kind: Literal["files"] = "files"
    extensions: tuple[str, ...] = EXTENSIONS
    max_file_mb: Annotated[float, Field(gt=0, le=2048)] = 50
    max_text_chars: Annotated[int, Field(ge=1, le=1_000_000_000)] = 50_000_000
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60
    memory_mb: Annotated[int, Field(ge=256, le=65536)] = 1024

    @field_validator("extensions", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        normal = tuple(
            name if not isinstance(name, str) or name.startswith(".") else "." + name
            for name in (v.lower() if isinstance(v, str) else v for v in value)
        )
        for name in normal:
            if isinstance(name, str) and name not in FORMATS:
                raise ValueError(f"unknown extension {name!r}. Known: {', '.join(EXTENSIONS)}")
        return normal

    def build(self) -> FileReader:
        """A reader, which starts its sandbox at the first file that needs it; close it."""
        from storage.readers.reader import FileReader

        return FileReader(self)


ReaderSettings = FileReaderSettings
"""The reader's menu: one kind so far, so no discriminator is needed."""
