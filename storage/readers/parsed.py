"""What a parser returns, and the builder that keeps its spans right.

This module and the parsers import nothing heavy: the sandbox's process starts with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

ParsedSection = tuple[int, int, dict[str, Any]]
"""Start, end (exclusive) in characters, and the metadata of `pipelines.document.Section`."""

FailureKind = Literal[
    "unsupported", "unreadable", "empty", "too_large", "binary", "encoding", "encrypted",
    "damaged", "no_text", "timeout", "memory", "expansion", "crash",
]  # fmt: skip

MOST_WARNINGS = 20
_NEWLINES = re.compile(r"\r\n?")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NOT_PRINTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"
)


@dataclass(frozen=True)
class ParseOptions:
    """The file's extension (lower case with its dot), and the most characters of its text."""

    extension: str = ""
    max_chars: int = 50_000_000


@dataclass
class Parsed:
    """A file's text and what is known about its parts.

    `text` has "\\n" as its only line end and holds neither NUL nor lone surrogates. `sections`
    are in order and do not overlap. `metadata` holds what is known of the whole file, such as
    `title`.
    """

    text: str
    sections: list[ParsedSection] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    encoding: str | None = None
    warnings: list[str] = field(default_factory=list)


class ReadError(Exception):
    """A file cannot be read; `reason` is one line for the user: what is wrong: what to do."""

    def __init__(self, kind: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def unify_newlines(text: str) -> str:
    r"""CRLF and lone CR as "\n", so that one document has one kind of line end."""
    return _NEWLINES.sub("\n", text)


def storable(text: str) -> str:
    """`text` with unified line ends; what UTF-8 or a database cannot hold becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", unify_newlines(text))


def one_line(value: str, limit: int = 200) -> str:
    """A title or a message on one line, without control or direction characters, cut to `limit`."""
    line = " ".join(_NOT_PRINTED.sub(" ", value).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def first_warnings(warnings: Sequence[str], kind: str) -> list[str]:
    """The first twenty warnings, and a last one that says how many more of a kind there are."""
    more = len(warnings) - MOST_WARNINGS
    return [*warnings[:MOST_WARNINGS], *([f"{more} more such {kind}"] if more > 0 else [])]


class TextBuilder:
    """Appends pieces to a text while sections note where they begin and end.

    Raises:
        ReadError: The text grew beyond `max_chars` (kind "expansion").
    """

    def __init__(self, max_chars: int) -> None:
        self._pieces: list[str] = []
        self._max_chars = max_chars
        self.length = 0
        self.sections: list[ParsedSection] = []

    def add(self, text: str) -> None:
        """Append `text`, made storable."""
        piece = storable(text)
        self.length += len(piece)
        if self.length > self._max_chars:
            raise too_much_text(self._max_chars)
        self._pieces.append(piece)

    @contextmanager
    def section(self, metadata: dict[str, Any]) -> Iterator[None]:
        """Everything added inside becomes one section; an empty one is not noted."""
        start = self.length
        yield
        if self.length > start:
            self.sections.append((start, self.length, metadata))

    @property
    def text(self) -> str:
        """All pieces so far."""
        return "".join(self._pieces)


def too_much_text(max_chars: int) -> ReadError:
    """The error of a file that unpacks to more text than is allowed."""
    return ReadError(
        "expansion",
        f"unpacks to more than {max_chars:,} characters of text: split the file or raise "
        "max_text_chars of the reader",
    )
