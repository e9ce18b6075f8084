"""Subtitles, SubRip (.srt) and WebVTT (.vtt): what is said, with its times and speakers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from storage.readers.cues import CLOCK, Cue, cue_of, seconds, timed_text
from storage.readers.encoding import decode
from storage.readers.parsed import (
    Parsed,
    ParseOptions,
    first_warnings,
    one_line,
    too_much_text,
    unify_newlines,
)

_TIMES = re.compile(rf"[ \t]*(?P<start>{CLOCK})[ \t]*-{{1,2}}>[ \t]*(?P<end>{CLOCK})(?:[ \t].*)?")
# What should be the times of a cue.
_ARROW = re.compile(r"[ \t]*\S{0,20}\d\S{0,20}[ \t]*-{1,2}>.*")
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_NUMBER = re.compile(r"[ \t]*\d+[ \t]*")


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read SubRip or WebVTT, whichever its lines are.

    The text is what is said, see `cues.timed_text`; numbers, times, settings, styles, notes and
    tags are not in it. A cue whose times can't be read stands where the one above it ends, and is
    named in a warning. A file without a cue is read as plain text, with a warning.

    Raises:
        ReadError: It can't be decoded, or is too long.
    """
    decoded = decode(data)
    text = unify_newlines(decoded.text)
    if len(text) > options.max_chars:
        raise too_much_text(options.max_chars)
    warnings = [decoded.warning] if decoded.warning else []
    lines = text.split("\n")
    heads = list(_heads(lines))
    if not any(_TIMES.fullmatch(lines[head]) for head in heads):
        warnings.append("no cue is in it (00:00:01,000 --> 00:00:02,000): read as plain text")
        return Parsed(text, encoding=decoded.encoding, warnings=warnings)
    builder, doubts = timed_text(list(_cues(lines, heads)), options.max_chars)
    warnings += [*_broken(lines, heads), *doubts]
    return Parsed(builder.text, builder.sections, encoding=decoded.encoding, warnings=warnings)


def _heads(lines: Sequence[str]) -> Iterator[int]:
    """The places of the lines that are, or should be, the times of a cue."""
    skipping = False
    for place, line in enumerate(lines):
        if not line.strip():
            skipping = False
        elif _BLOCK.match(line) and (place == 0 or not lines[place - 1].strip()):
            skipping = True
        elif not skipping and _ARROW.fullmatch(line):
            yield place


def _cues(lines: Sequence[str], heads: Sequence[int]) -> Iterator[Cue]:
    """Each head with the lines below it, down to an empty line or the next head."""
    end = 0.0
    for head, following in zip(heads, [*heads[1:], len(lines)], strict=True):
        below = lines[head + 1 : following]
        last = next((n for n, line in enumerate(below) if not line.strip()), len(below))
        payload = below[:last]
        # The number of the next cue where no empty line stands before it.
        touches = last == len(below) and following < len(lines)
        if touches and payload and _NUMBER.fullmatch(payload[-1]):
            payload = payload[:-1]
        times = _TIMES.fullmatch(lines[head])
        start, end = (seconds(times["start"]), seconds(times["end"])) if times else (end, end)
        yield cue_of(start, end, "\n".join(payload), head + 1)


def _broken(lines: Sequence[str], heads: Sequence[int]) -> list[str]:
    """Heads that can't be read as times."""
    broken = [
        f"line {head + 1}: no times of a cue: {one_line(lines[head], 60)!r}: put behind the last"
        for head in heads
        if not _TIMES.fullmatch(lines[head])
    ]
    return first_warnings(broken, "lines")
