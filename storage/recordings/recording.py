"""The recordings of one document, and the letters that were said in each."""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.document import Section
from pipelines.japanese.sentences import split_sentences
from storage.cleaning.prose import prose

# Marks that belong to the letter that they follow.
_CLOSING = "。、．，.,!?！？」』）)】…"


@dataclass(frozen=True)
class Letters:
    """What was said, without spaces and marks: `text` (NFKC, case-folded) and where each stands.

    `places[i]` is the character of the document that letter i comes from; it never decreases.
    """

    text: str
    places: array[int]

    def range_of(self, start: int, end: int) -> tuple[int, int]:
        """The letters that come from document[start:end], as (first, one past the last)."""
        return bisect_left(self.places, start), bisect_left(self.places, end)


@dataclass(frozen=True, eq=False)
class Recording:
    """A stretch of sections with times that were recorded in one go; its clock is its own.

    `name` is its id, its title where it has none, or its number in the document, from 1;
    `document` is the text, and `source` the file that it was read from, if that is known.
    """

    name: str
    document: str
    sections: tuple[Section, ...]
    source: str = ""

    @cached_property
    def letters(self) -> Letters:
        """Of the prose of its sections; headings, turn lines, tables and code are no speech."""
        text = self.document
        folded: list[str] = []
        places = array("q")
        for section in self.sections:
            said = text[section.start_char : section.end_char]
            for start, end in prose(said):
                for offset in range(start, end):
                    for letter in unicodedata.normalize("NFKC", said[offset]).casefold():
                        if letter.isalnum():
                            folded.append(letter)
                            places.append(section.start_char + offset)
        return Letters("".join(folded), places)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Spans of its sentences, each inside of one turn: characters of the document."""
        return [
            (section.start_char + start, section.start_char + end)
            for section in self.sections
            for start, end in split_sentences(self.document[section.start_char : section.end_char])
        ]

    def span_of(self, first: int, last: int) -> tuple[int, int]:
        """The characters of letters[first:last] (at least one), with the marks behind the last."""
        places = self.letters.places
        start, end = places[first], places[last - 1] + 1
        while end < len(self.document) and self.document[end] in _CLOSING:
            end += 1
        return start, end

    @property
    def title(self) -> str:
        """What a person calls it: its title, or its name where it has none."""
        return str(self.sections[0].metadata.get("recording") or self.name)

    def between(self, start: int, end: int) -> Iterator[tuple[Section, int, int]]:
        """The sections of a span, each with the part of the span that lies in it."""
        at = max(0, bisect_right(self._starts, start) - 1)
        for section in self.sections[at:]:
            if section.start_char >= end:
                return
            first, last = max(start, section.start_char), min(end, section.end_char)
            if first < last:
                yield section, first, last

    def spoken(self, start: int, end: int) -> str:
        """What is said in a span, without the lines that open turns, turns joined by a space."""
        return " ".join(self.document[first:last] for _, first, last in self.between(start, end))

    def speakers(self, start: int, end: int) -> list[str]:
        """Who speaks in a span, in order, each once."""
        named = (str(s.metadata.get("speaker") or "") for s, _, _ in self.between(start, end))
        return list(dict.fromkeys(name for name in named if name))

    def times(self, start: int, end: int) -> tuple[float, float]:
        """When a span begins and ends, in seconds of the recording, interpolated in its turns.

        Raises:
            ValueError: Nothing is said there.
        """
        parts = list(self.between(start, end))
        if not parts:
            raise ValueError(f"recording {self.name}: nothing is said at [{start}, {end})")
        return _time(parts[0][0], parts[0][1]), _time(parts[-1][0], parts[-1][2])

    @cached_property
    def _starts(self) -> list[int]:
        return [section.start_char for section in self.sections]


def _time(section: Section, place: int) -> float:
    begin = float(section.metadata["t_start"])
    end = float(section.metadata.get("t_end", begin))
    return begin + (end - begin) * (place - section.start_char) / max(
        1, section.end_char - section.start_char
    )


def recordings_of(text: str, sections: Sequence[Section], source: str = "") -> list[Recording]:
    """The recordings of a document, in its order; one where its sections don't tell them apart.

    A recording goes on until a section says another `recording_id` (or `recording`), or one
    without times opens another. Sections without times are in none.
    """
    found: list[tuple[str, list[Section]]] = []
    open_name: str | None = None
    for section in sections:
        metadata = section.metadata
        name = str(metadata.get("recording_id") or metadata.get("recording") or "")
        if "t_start" not in metadata:
            if name:
                open_name = None  # a recording's header
            continue
        if open_name != name or not found:
            found.append((name or str(len(found) + 1), []))
            open_name = name
        found[-1][1].append(section)
    return [Recording(name, text, tuple(own), source) for name, own in found]
