"""The headings of a Markdown text, without what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.readers.parsed import ParsedSection, one_line

_ATX = re.compile(r" {0,3}(#{1,6})[ \t\u3000]")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})([^`]*)$")
_NOT_A_PARAGRAPH = re.compile(r"[ \t]*(?:$|[#>|]|[-*+][ \t]|\d+[.)][ \t]|```|~~~)|( {4}|\t)")
_NOTEBOOK_CELL = re.compile(r"In ?\[[ \d*]*\]:?[ \t]*$")
_CODE = re.compile(
    r"""\s*(?:[!%]{1,2}[a-z] | \$\s
    | import\s[\w.]+(?:\sas\s\w+)?\s*(?:,.*)?$ | from\s[\w.]+\simport\s
    | (?:async\s)?def\s\w+\( | class\s\w+.*:$ | @\w[\w.]*(?:\(.*)?$ | (?:try|else):$
    | (?:async\s)?(?:for\s.*\sin|with\s.*\sas|if\s.*[=<>()]|while)\s.*:$
    | [a-z_][\w.]*(?:\[[^\]]*\])?(?:,\s?[a-z_][\w.]*)*\s?(?:[-+*/|]?=)(?!=)
    | [a-z_][\w.]*\((?:.*[),(\[{])?$
    | [\])}]+[,;]?$)""",
    re.VERBOSE | re.ASCII,
)
_CODE_CHARS = 400
_MARKUP = frozenset("#`~=-")
TRAIL = " > "


@dataclass(frozen=True)
class Heading:
    """A heading that begins at `start_char`; `level` is 1 to 6, `title` one line."""

    start_char: int
    level: int
    title: str


def heading_sections(text: str, setext: bool = False) -> list[ParsedSection]:
    """A section from each heading to the next one, with the trail "A > B > C" as `heading`.

    Text before the first heading is in no section.
    """
    found = headings(text, setext=setext)
    ends = [*(h.start_char for h in found[1:]), len(text)]
    return [
        (trail[-1].start_char, end, {"heading": TRAIL.join(h.title for h in trail if h.title)})
        for trail, end in zip(heading_trails(found), ends, strict=False)
    ]


def heading_trails(found: Sequence[Heading]) -> list[tuple[Heading, ...]]:
    """For each heading the headings above it in the outline, outermost first, and itself."""
    trails: list[tuple[Heading, ...]] = []
    trail: tuple[Heading, ...] = ()
    for heading in found:
        trail = (*(h for h in trail if h.level < heading.level), heading)
        trails.append(trail)
    return trails


def headings(text: str, setext: bool = False) -> list[Heading]:
    """The ATX headings ("## Title") of a text, and the underlined ones with `setext`.

    Lines in fenced code and front matter do not count, nor do comments of code that lost its
    fence, as in a notebook saved as text: a "#" line right above code, or right below "In [3]:".
    """
    if not setext and "#" not in text:
        return []
    lines = list(_lines(text))
    comments = _comment_lines([line for _, line in lines])
    found: list[Heading] = []
    fence = ""
    for number in range(_front_matter(lines), len(lines)):
        start, line = lines[number]
        first = line.lstrip(" \t>")[:1]
        if first not in _MARKUP:
            continue
        mark = _FENCE.match(line) if first in "`~" else None
        if fence:
            closes = mark and mark[1].startswith(fence) and not mark[2].strip()
            fence = "" if closes else fence
            continue
        if mark:
            fence = mark[1]
            continue
        atx = _ATX.match(line) if first == "#" else None
        if atx:
            if number not in comments:
                found.append(Heading(start, len(atx[1]), _atx_title(line[atx.end() :])))
        elif setext and _is_underline(lines, number):
            level = 1 if line.lstrip().startswith("=") else 2
            above_start, above = lines[number - 1]
            found.append(Heading(above_start, level, one_line(above)))
    return found


def _atx_title(rest: str) -> str:
    """The title without the closing "##" that it may have."""
    title = rest.strip()
    unclosed = title.rstrip("#")
    closed = not unclosed or unclosed[-1].isspace()
    return one_line(unclosed if closed else title)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _front_matter(lines: list[tuple[int, str]]) -> int:
    """The number of the first line below YAML front matter; 0 without any."""
    if lines[0][1].rstrip() != "---":
        return 0
    for number, (_, line) in enumerate(lines[1:200], start=1):
        if line.rstrip() in ("---", "..."):
            return number + 1
        if not line.strip():
            return 0
    return 0


def _is_underline(lines: list[tuple[int, str]], number: int) -> bool:
    """Whether a line underlines a paragraph of one line, which makes that a heading."""
    if number == 0 or not _SETEXT.match(lines[number][1]):
        return False
    if _NOT_A_PARAGRAPH.match(lines[number - 1][1]):
        return False
    return number == 1 or not lines[number - 2][1].strip()


def _comment_lines(lines: list[str]) -> set[int]:
    """The numbers of "#" lines that are comments of code, judged a run of them at a time."""
    comments: set[int] = set()
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("#"):
            number += 1
            continue
        first = number
        while number < len(lines) and lines[number].lstrip().startswith("#"):
            number += 1
        run = range(first, number)
        below_cell = first > 0 and _NOTEBOOK_CELL.match(lines[first - 1])
        above_code = number < len(lines) and _is_code(lines[number])
        if below_cell or above_code or any(_is_code(lines[i].lstrip(" \t#")) for i in run):
            comments.update(run)
    return comments


def _is_code(line: str) -> bool:
    return bool(_CODE.match(line[:_CODE_CHARS].rstrip()))
