"""What comes of one file: a document, a failure with its reason, or nothing new."""

from __future__ import annotations

from dataclasses import dataclass

from llama_index.core.schema import Document

from storage.readers.parsed import FailureKind

LIMITS: frozenset[FailureKind] = frozenset({"too_large", "timeout", "memory", "expansion"})
"""The failures that say a limit of the settings was hit, not that the file is bad."""


@dataclass(frozen=True)
class ReadResult:
    """A file that was read.

    `sha256` is of the raw bytes, in hex. `encoding` is the codec's name for text formats (such
    as "utf-8" or "cp932") and None for PDF and DOCX. `warnings` are one line each: the file was
    read, but not all of it or not with certainty.
    """

    source: str
    document: Document
    sha256: str
    format: str
    encoding: str | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class ReadFailure:
    """A file that could not be read; `reason` is one line: what is wrong: what to do.

    `sha256` is known once the bytes were read, that is for all kinds but "unsupported",
    "unreadable" and "too_large".
    """

    source: str
    kind: FailureKind
    reason: str
    sha256: str | None = None
    seconds: float = 0.0

    @property
    def limit_hit(self) -> bool:
        """Whether a limit of the settings was hit, so that raising it may help."""
        return self.kind in LIMITS

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True)
class Unchanged:
    """A file whose bytes the caller knows already: it was hashed and not parsed."""

    source: str
    sha256: str


ReadOutcome = ReadResult | ReadFailure | Unchanged
