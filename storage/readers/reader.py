"""Reads files, one result a file: a document with spans and sections, or a failure."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from pipelines.document import Section, make_document
from storage.readers.discovery import FoundFile
from storage.readers.formats import FORMATS, FileFormat
from storage.readers.parsed import Parsed, ParseOptions, ReadError
from storage.readers.results import ReadFailure, ReadOutcome, ReadResult, Unchanged
from storage.readers.sandbox import Sandbox
from storage.readers.settings import FileReaderSettings

IsUnchanged = Callable[[str, str], bool]
"""Whether the source (first) is known with this SHA-256 (second), so that it need not be parsed."""

_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BINARY_FLAG = getattr(os, "O_BINARY", 0)


def read_all(
    files: Iterable[FoundFile],
    settings: FileReaderSettings,
    unchanged: IsUnchanged | None = None,
) -> Iterator[ReadOutcome]:
    """Read files one after the other, in their order; a bad file never stops the rest.

    Args:
        unchanged: Asked for each file once its bytes are hashed; if it says yes, the file is not
            parsed and `Unchanged` is its result.
    """
    with settings.build() as reader:
        for found in files:
            yield reader.read(found, unchanged)


def read_file(found: FoundFile, settings: FileReaderSettings) -> ReadResult | ReadFailure:
    """Read one file; for several, `read_all` keeps the sandbox's process between them."""
    with settings.build() as reader:
        outcome = reader.read(found)
    assert not isinstance(outcome, Unchanged)
    return outcome


class FileReader:
    """Reads files within the limits of its settings; close it to end its sandbox."""

    def __init__(self, settings: FileReaderSettings) -> None:
        self._settings = settings
        self._sandbox = Sandbox(settings.timeout_seconds, settings.memory_mb)

    def __enter__(self) -> FileReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox's process."""
        self._sandbox.close()

    @property
    def process_id(self) -> int | None:
        """The sandbox's process, None when none runs."""
        return self._sandbox.process_id

    def read(self, found: FoundFile, unchanged: IsUnchanged | None = None) -> ReadOutcome:
        """Read one file; see `read_all`."""
        started = time.monotonic()
        digest: str | None = None
        try:
            file_format = self._format(found)
            data = self._bytes(found)
            digest = hashlib.sha256(data).hexdigest()
            if unchanged and unchanged(found.source, digest):
                return Unchanged(found.source, digest)
            if not data:
                raise ReadError("empty", "empty file (0 bytes): nothing to read")
            parsed = self._parsed(found, file_format, data)
        except ReadError as error:
            return ReadFailure(
                source=found.source,
                kind=error.kind,
                reason=error.reason,
                sha256=digest,
                seconds=time.monotonic() - started,
            )
        document = make_document(
            parsed.text,
            found.source,
            [Section(start, end, metadata) for start, end, metadata in parsed.sections],
            **parsed.metadata,
        )
        return ReadResult(
            source=found.source,
            document=document,
            sha256=digest,
            format=file_format.name,
            encoding=parsed.encoding,
            warnings=tuple(parsed.warnings),
            seconds=time.monotonic() - started,
        )

    def _format(self, found: FoundFile) -> FileFormat:
        extension = found.extension
        if extension not in self._settings.extensions:
            known = " ".join(sorted(self._settings.extensions))
            what = f"file type '{extension}'" if extension else "a name without extension"
            raise ReadError("unsupported", f"{what} is not read: supported are {known}")
        return FORMATS[extension]

    def _bytes(self, found: FoundFile) -> bytes:
        """The file's bytes; it must still be a regular file inside of its folder."""
        limit = int(self._settings.max_file_mb * 1_000_000)
        try:
            real = os.path.realpath(found.path, strict=True)
            if not Path(real).is_relative_to(found.root):
                raise ReadError("unreadable", "now leads out of the folder: not followed")
            descriptor = os.open(real, _READ_FLAGS | _BINARY_FLAG)
            with os.fdopen(descriptor, "rb") as stream:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise ReadError("unreadable", "not a regular file: only those are read")
                data = stream.read(limit + 1) if status.st_size <= limit else b""
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise ReadError("unreadable", f"cannot be opened ({why}): check it") from error
        size = max(status.st_size, len(data))
        if size > limit:
            raise ReadError(
                "too_large",
                f"{size / 1_000_000:,.1f} MB, more than the {self._settings.max_file_mb:g} MB "
                "allowed: split it or raise max_file_mb of the reader",
            )
        return data

    def _parsed(self, found: FoundFile, file_format: FileFormat, data: bytes) -> Parsed:
        options = ParseOptions(found.extension, self._settings.max_text_chars)
        parsed = self._sandbox.parse(file_format.parser, data, options)
        if not parsed.text.strip():
            raise ReadError("no_text", "holds no text: nothing to read")
        return parsed
