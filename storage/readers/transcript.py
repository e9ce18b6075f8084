"""A speech recogniser's transcript in Markdown: recordings, and turns with speaker and times."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage.readers.cues import seconds
from storage.readers.markdown import Heading, heading_trails, headings
from storage.readers.parsed import ParsedSection

_TIME = r"\d+(?:\.\d+)?s|(?:\d+:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_TURN = re.compile(
    rf"(?:🎤[ \t]*)?(?P<speaker>[^\[\]|#]{{1,60}}?)[ \t]*"
    rf"\[[ \t]*(?P<start>{_TIME})[ \t]*[-–—~〜→][ \t]*(?P<end>{_TIME})[ \t]*\]:?"
)
_RECORDED_AT = re.compile(
    r"\**(?:記録時間|記録日時|録音日時|録音時間|収録日時|開始時刻|日時|Recorded(?: at)?|Date)"
    r"\**[ \t]*[:：][ \t]*\**[ \t]*(?P<value>[^*]*\d[^*]*?)[ \t]*\**",
    re.IGNORECASE,
)
_RECORDING_ID = re.compile(
    r"(?P<title>.+?)[ \t]+[-–—][ \t]+(?P<id>(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9_.:-]{4,}|\d{6,})"
)
_RECORDING_MARK = "📝"
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*")
_LONGEST_MARKUP_LINE = 240
_FEWEST_TURNS = 2
_MOST_WARNINGS = 20


@dataclass(frozen=True)
class _Turn:
    """The line that opens a turn, in characters of the text, and what it says."""

    start_char: int
    end_char: int
    speaker: str
    t_start: float
    t_end: float


def is_transcript(text: str) -> bool:
    """Whether at least two lines open a turn, as "🎤 SPEAKER_0 [0s - 73s]" or "A [1:02 - 1:15]"."""
    if "]" not in text:
        return False
    return sum(1 for _ in zip(range(_FEWEST_TURNS), _turns(text), strict=False)) == _FEWEST_TURNS


def transcript_sections(text: str) -> tuple[list[ParsedSection], str | None, list[str]]:
    """The sections of a transcript, its title, and one warning a doubtful line.

    A recording's header (its heading and the lines down to the first turn) is a section with
    `recording`, `recording_id` and `recorded_at`, as far as they are known; a turn's spoken text
    is one that also has `speaker`, `t_start` and `t_end` in seconds. Other headings begin
    sections with `heading`. The lines that open turns are in no section, nor are empty turns.
    """
    turns = list(_turns(text))
    found = headings(text)
    recordings = _recordings(text, found, turns)
    recording_starts = sorted(recordings)
    turn_starts = [t.start_char for t in turns]
    titles = {h.start_char: h.title for h in found}
    borders = sorted([*turn_starts, *(h.start_char for h in found), len(text)])

    def recording_at(position: int) -> dict[str, Any]:
        index = bisect_right(recording_starts, position) - 1
        return recordings[recording_starts[index]] if index >= 0 else {}

    sections: list[ParsedSection] = []
    empty: list[_Turn] = []
    for turn in turns:
        spoken = _trimmed(text, turn.end_char, _next(borders, turn.start_char))
        if spoken[0] == spoken[1]:
            empty.append(turn)
        said = {"speaker": turn.speaker, "t_start": turn.t_start, "t_end": turn.t_end}
        sections.append((*spoken, {**recording_at(turn.start_char), **said}))
    header_end = -1
    for start in sorted({*recording_starts, *(h.start_char for h in found)}):
        if start in recordings:
            ends = [_next(turn_starts, start), _next(recording_starts, start), len(text)]
            header_end = min(end for end in ends if end > start)
            sections.append((*_trimmed(text, start, header_end), dict(recordings[start])))
        elif start >= header_end:
            metadata = {**recording_at(start), "heading": titles[start]}
            sections.append((*_trimmed(text, start, _next(borders, start)), metadata))
    title = next((h.title for h in found if h.level == 1), "").removeprefix(_RECORDING_MARK).strip()
    kept = sorted((s for s in sections if s[0] < s[1]), key=lambda s: s[0])
    return kept, title or None, [*_backward(text, turns), *_without_text(text, empty)]


def _next(positions: Sequence[int], after: int) -> int:
    """The first of the sorted positions that is greater than `after`; -1 when none is."""
    index = bisect_right(positions, after)
    return positions[index] if index < len(positions) else -1


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space around it and without rules ("---") at its end."""
    while start < end and text[start].isspace():
        start += 1
    while start < end:
        line_start = text.rfind("\n", start, end) + 1 or start
        line = text[line_start:end]
        if line.strip() and not _RULE.fullmatch(line):
            return start, end - (len(line) - len(line.rstrip()))
        end = max(line_start - 1, start)
    return start, end


def _turns(text: str) -> Iterator[_Turn]:
    for start, line in _markup_lines(text):
        stripped = line.strip() if "]" in line else ""
        match = _TURN.fullmatch(stripped) if stripped.endswith(("]", "]:")) else None
        if match:
            times = _seconds(match["start"]), _seconds(match["end"])
            yield _Turn(start, start + len(line), match["speaker"].strip(), *times)


def _markup_lines(text: str) -> Iterator[tuple[int, str]]:
    """Start and content of the lines that are short enough to be markup."""
    start = 0
    for line in text.split("\n"):
        if len(line) <= _LONGEST_MARKUP_LINE:
            yield start, line
        start += len(line) + 1


def _seconds(clock: str) -> float:
    """ "73s", "1:13" or "1:02:03.5" in seconds."""
    if clock.endswith("s"):
        return float(clock[:-1])
    return seconds(clock)


def _recordings(
    text: str, found: Sequence[Heading], turns: Sequence[_Turn]
) -> dict[int, dict[str, Any]]:
    """The recordings' metadata by the position where each begins.

    A heading begins a recording when turns follow below it and it says so: by the recogniser's
    mark, an id, or a line with the time of recording. If none does, the top headings do.
    """
    positions = [h.start_char for h in found]
    times = _recording_times(text, positions, turns)
    trails = heading_trails(found)
    named: dict[int, dict[str, Any]] = {}
    plain: dict[int, dict[str, Any]] = {}
    for index in sorted({bisect_right(positions, t.start_char) - 1 for t in turns} - {-1}):
        trail = trails[index]
        marked = [h for h in trail if _is_marked(h) or h.start_char in times]
        if marked:
            named[marked[-1].start_char] = _recording(marked[-1], times)
        else:
            plain[trail[0].start_char] = _recording(trail[0], times)
    if not found and 0 in times:
        return {0: {"recorded_at": times[0]}}
    return named or plain


def _recording_times(text: str, positions: Sequence[int], turns: Sequence[_Turn]) -> dict[int, str]:
    """When each recording was made, by its heading's position (0 without headings)."""
    turn_starts = [t.start_char for t in turns]
    times: dict[int, str] = {}
    for start, line in _markup_lines(text):
        match = _RECORDED_AT.fullmatch(line.strip())
        if not match:
            continue
        index = bisect_right(positions, start) - 1
        heading = positions[index] if index >= 0 else 0
        spoken_in_between = heading < start and _next(turn_starts, heading) in range(start)
        if not spoken_in_between:
            times.setdefault(heading, match["value"].strip())
    return times


def _is_marked(heading: Heading) -> bool:
    return heading.level > 1 and (
        heading.title.startswith(_RECORDING_MARK) or bool(_RECORDING_ID.fullmatch(heading.title))
    )


def _recording(heading: Heading, times: Mapping[int, str]) -> dict[str, Any]:
    title = heading.title.removeprefix(_RECORDING_MARK).strip()
    match = _RECORDING_ID.fullmatch(title)
    metadata = {"recording": match["title"] if match else title}
    if match:
        metadata["recording_id"] = match["id"]
    if heading.start_char in times:
        metadata["recorded_at"] = times[heading.start_char]
    return metadata


def _backward(text: str, turns: Sequence[_Turn]) -> list[str]:
    """One line a turn that ends before it begins, the first twenty of them."""
    backward = [t for t in turns if t.t_end < t.t_start][:_MOST_WARNINGS]
    return [
        f"line {_line(text, t)}: the turn ends at {t.t_end:g} s, before it begins at "
        f"{t.t_start:g} s"
        for t in backward
    ]


def _without_text(text: str, empty: Sequence[_Turn]) -> list[str]:
    """One line for all turns in which nothing was heard."""
    if not empty:
        return []
    lines = ", ".join(str(_line(text, turn)) for turn in empty[:_MOST_WARNINGS])
    more = ", …" if len(empty) > _MOST_WARNINGS else ""
    count = "1 turn has" if len(empty) == 1 else f"{len(empty)} turns have"
    return [f"{count} no text: left out (line {lines}{more})"]


def _line(text: str, turn: _Turn) -> int:
    return text.count("\n", 0, turn.start_char) + 1
