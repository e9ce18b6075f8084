"""A text built from blocks under headings, whose sections carry the trail of headings."""

from __future__ import annotations

from storage.readers.markdown import TRAIL
from storage.readers.parsed import ParsedSection, TextBuilder, one_line


class Outline:
    """Collects paragraphs, lines and headings in document order.

    Raises:
        ReadError: The text grew beyond `max_chars` (kind "expansion").
    """

    def __init__(self, max_chars: int) -> None:
        self._builder = TextBuilder(max_chars)
        self._trail: list[tuple[int, str]] = []
        self._heads: list[tuple[int, str]] = []
        self._last_was_line = False

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._builder.length

    @property
    def text(self) -> str:
        """The blocks, a blank line between them, and none between lines of a list or table."""
        return self._builder.text

    @property
    def sections(self) -> list[ParsedSection]:
        """A section from each heading to the next; text above the first is in none."""
        ends = [*(start for start, _ in self._heads[1:]), self.length]
        return [
            (start, end, {"heading": trail})
            for (start, trail), end in zip(self._heads, ends, strict=False)
        ]

    def paragraph(self, text: str) -> None:
        """A block of its own; nothing when it is blank."""
        self._add(text, is_line=False)

    def line(self, text: str) -> None:
        """An item of a list or a row of a table: set close to the line before it."""
        self._add(text, is_line=True)

    def heading(self, level: int, text: str) -> None:
        """A heading of level 1 (the highest) or more; a blank one is left out."""
        title = one_line(text)
        if not title:
            return
        self._separate(is_line=False)
        self._trail = [(above, t) for above, t in self._trail if above < level] + [(level, title)]
        self._heads.append((self.length, TRAIL.join(t for _, t in self._trail)))
        self._builder.add(title)

    def _add(self, text: str, is_line: bool) -> None:
        stripped = text.strip()
        if stripped:
            self._separate(is_line)
            self._builder.add(stripped)

    def _separate(self, is_line: bool) -> None:
        if self.length:
            self._builder.add("\n" if is_line and self._last_was_line else "\n\n")
        self._last_was_line = is_line
