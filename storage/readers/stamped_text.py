"""Plain text whose lines carry the time at which they were said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from storage.readers.cues import CLOCK, SPEAKER, seconds
from storage.readers.parsed import ParsedSection, first_warnings, one_line

_ARROW = r"(?:-->|->|[-–—~〜～→])"
_STAMP = (
    rf"[\[(（【<]?[ \t]*(?P<start>{CLOCK})(?:[ \t]*(?P<to>{_ARROW})[ \t]*(?P<end>{CLOCK}))?"
    r"[ \t]*[\])）】>]?"
)
# [00:12] text, 0:12 text, (1:02:03 - 1:02:09) text, 00:12.000 --> 00:15.000, and the time alone.
_LEADING = re.compile(
    rf"[ \t]*(?:[-*・][ \t]+)?{_STAMP}(?![\d/]|:\d)[ \t]*[:：]?[ \t]*(?P<said>.*)"
)
# 山田 00:12, Speaker 1 (0:12): and nothing else in the line.
_NO_SPEAKER = r"\[\]|#:：<>()（）"
_BEHIND = re.compile(
    rf"[ \t]*(?:\*\*)?(?P<speaker>[^{_NO_SPEAKER}\d][^{_NO_SPEAKER}]{{0,39}}?)(?:\*\*)?"
    rf"[ \t]+{_STAMP}[:：]?[ \t]*"
)
_NAME = re.compile(r"(?P<name>[^\s:：。、，,.!?！？「」()（）]{1,20})[ \t]*[:：][ \t]*")
_FEWEST = 3
# What begins later is taken for the time of day, an agenda (10:00-10:30 開会) or a chat, but for
# the arrows that recognisers print.
_FIRST_MINUTE = 60.0
_LEAST_IN_ORDER = 0.8
_LEAST_SHARE = 0.2


@dataclass(frozen=True)
class _Stamp:
    """A stamped line: where it begins, where what is said begins, and its times in seconds."""

    line: int
    start_char: int
    said_char: int
    start: float
    end: float | None
    arrow: bool
    speaker: str


def is_stamped(text: str) -> bool:
    """Whether a text is a transcript with times: at least three lines, and a fifth of all, carry
    one; four of five are in order; the first is in the first minute, or all have an arrow (-->)."""
    stamps = list(_stamps(text))
    if len(stamps) < _FEWEST:
        return False
    lines = sum(1 for line in text.split("\n") if line.strip())
    ordered = sum(a.start <= b.start for a, b in pairwise(stamps)) / (len(stamps) - 1)
    begins = stamps[0].start < _FIRST_MINUTE or all(stamp.arrow for stamp in stamps)
    return begins and ordered >= _LEAST_IN_ORDER and len(stamps) / lines >= _LEAST_SHARE


def stamped_sections(text: str) -> tuple[list[ParsedSection], list[str]]:
    """A section for what is said at each time, and a warning for each time that goes back.

    Its metadata are `t_start` and `t_end` (its own, or where the next begins), in seconds, and
    `speaker` where one is named: before the time, or before a colon behind it if the name comes
    twice. The times themselves are in no section, nor is what stands before the first.
    """
    stamps = list(_stamps(text))
    names = _names(text, stamps)
    ends = [*(stamp.start_char for stamp in stamps[1:]), len(text)]
    following = [*(stamp.start for stamp in stamps[1:]), None]
    sections: list[ParsedSection] = []
    for stamp, end_char, after in zip(stamps, ends, following, strict=True):
        start_char, speaker = _speaker(text, stamp, names)
        said = text[start_char:end_char]
        start_char += len(said) - len(said.lstrip())
        end = stamp.end if stamp.end is not None else after
        metadata: dict[str, Any] = {
            "t_start": stamp.start,
            "t_end": max(stamp.start, end if end is not None else stamp.start),
        }
        if speaker:
            metadata["speaker"] = one_line(speaker, 60)
        if said.strip():
            sections.append((start_char, start_char + len(said.strip()), metadata))
    return sections, _warnings(stamps)


def _stamps(text: str) -> Iterator[_Stamp]:
    place = 0
    for number, line in enumerate(text.split("\n"), start=1):
        # Most lines of most texts hold no time: nothing slower is asked of them.
        if ":" not in line:
            match = None
        elif match := _LEADING.match(line):
            said, speaker = match.start("said"), ""
        elif match := _BEHIND.fullmatch(line):
            said, speaker = len(line), match["speaker"].strip()
        if match:
            end = seconds(match["end"]) if match["end"] else None
            start = seconds(match["start"])
            arrow = (match["to"] or "").endswith(">")
            yield _Stamp(number, place, place + said, start, end, arrow, speaker)
        place += len(line) + 1


def _names(text: str, stamps: Sequence[_Stamp]) -> set[str]:
    """What stands before a colon at least twice."""
    found = (_NAME.match(text, stamp.said_char) for stamp in stamps)
    counted = Counter(match["name"] for match in found if match)
    return {name for name, count in counted.items() if count > 1}


def _speaker(text: str, stamp: _Stamp, names: set[str]) -> tuple[int, str]:
    """Where what is said begins, and who says it, "" if nobody is named."""
    if stamp.speaker:
        return stamp.said_char, stamp.speaker
    if marked := SPEAKER.match(text, stamp.said_char):
        return marked.end(), marked["name"] or marked["other"]
    named = _NAME.match(text, stamp.said_char)
    if named and named["name"] in names:
        return named.end(), named["name"]
    return stamp.said_char, ""


def _warnings(stamps: Sequence[_Stamp]) -> list[str]:
    back = [
        f"line {after.line}: its time, {after.start:g} s, is before the one above, {here.start:g} s"
        for here, after in pairwise(stamps)
        if after.start < here.start
    ]
    return first_warnings(back, "lines")
