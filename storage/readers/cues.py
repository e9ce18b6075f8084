"""What was said when: cues of subtitles and recognisers as a text with a timed section each."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storage.readers.parsed import TextBuilder, first_warnings, one_line

# A cue further than this behind the one before it begins a line: a pause ends a sentence.
PAUSE_SECONDS = 1.0
# As long as a rolling caption stands still between two of its lines.
BLINK_SECONDS = 0.1

CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
SPEAKER = re.compile(
    r"[\[(【]?(?P<name>(?:SPEAKER|Speaker|話者|発言者)[ _-]?[\dA-Z?]{1,4})[\])】]?[ \t]*[:：]\s*"
    r"|[\[【](?P<other>[^\[\]【】:：]{1,40})[\]】][ \t]*[:：]\s*"
)
_VOICE = re.compile(r"<v(?:\.[^ \t>]*)?[ \t]+(?P<name>[^>]{1,200})>")
# Tags of HTML and WebVTT, times inside of a cue, and what ASS leaves in SRT ({\an8}).
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<\d[\d:.,]{0,20}>|\{\\[^{}]{0,200}\}")
# Letters between which no space is written.
_UNSPACED = re.compile(
    r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


@dataclass(frozen=True)
class Cue:
    """What is said from `start` to `end`, in seconds; `line` is where it stands, 1-based."""

    start: float
    end: float
    text: str
    speaker: str = ""
    line: int = 0


def seconds(clock: str) -> float:
    """ "1:02:03.5", "02:03,500" or "2:03" in seconds."""
    found = 0.0
    for part in clock.replace(",", ".").split(":"):
        found = found * 60 + float(part)
    return found


def cue_of(start: float, end: float, payload: str, line: int, speaker: str = "") -> Cue:
    """A cue of what stands below its times: without tags, its speaker taken from the text if it
    begins with one (<v 山田>, SPEAKER_01:, [山田]:)."""
    voice = _VOICE.search(payload)
    text = html.unescape(_TAG.sub("", _VOICE.sub("", payload)))
    text = "\n".join(filter(None, (" ".join(row.split()) for row in text.split("\n"))))
    prefix = SPEAKER.match(text)
    if prefix and not (speaker or voice):
        speaker = prefix["name"] or prefix["other"]
        text = text[prefix.end() :]
    named = one_line(html.unescape(voice["name"]) if voice and not speaker else speaker, 60)
    return Cue(start, end, text, named, line)


def timed_text(cues: Sequence[Cue], max_chars: int) -> tuple[TextBuilder, list[str]]:
    """The cues in the order of their times as one text, and a warning for each doubtful one.

    Each cue is a section with `t_start`, `t_end` and, where it is known, `speaker`. Cues follow
    each other as speech does, so that a sentence may go on in the next: without white space
    between Japanese letters, with a space elsewhere. A pause begins a line, another speaker a
    paragraph. Cues without text are left out, and so are lines that a rolling caption repeats.

    Raises:
        ReadError: There is more text than `max_chars`.
    """
    builder = TextBuilder(max_chars)
    warnings = _doubts(cues)
    before: Cue | None = None
    for cue in _unrolled(sorted(cues, key=lambda cue: cue.start)):
        if before is not None:
            builder.add(_between(before, cue))
        metadata: dict[str, Any] = {"t_start": cue.start, "t_end": max(cue.start, cue.end)}
        if cue.speaker:
            metadata["speaker"] = cue.speaker
        with builder.section(metadata):
            builder.add(cue.text.replace("\n", _joint(cue.text.replace("\n", ""), "")))
        before = cue
    return builder, warnings


def _unrolled(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Without empty cues, and without lines that a rolling caption has shown already: those that
    the cue right before ends with, if more follows them or they stand for a blink. What is said
    twice (はい。はい。) is kept."""
    shown: list[str] = []
    end = 0.0
    for cue in cues:
        rows = cue.text.split("\n")
        again = 0
        if abs(cue.start - end) <= BLINK_SECONDS:
            alike = (n for n in range(len(rows), 0, -1) if shown[-n:] == rows[:n])
            again = next(alike, 0)
            if again == len(rows) and cue.end - cue.start > BLINK_SECONDS:
                again = 0
        shown, end = rows, cue.end
        text = "\n".join(rows[again:])
        if text.strip():
            yield replace(cue, text=text)


def _between(before: Cue, cue: Cue) -> str:
    if before.speaker != cue.speaker:
        return "\n\n"
    if cue.start - before.end >= PAUSE_SECONDS:
        return "\n"
    return _joint(before.text, cue.text)


def _joint(left: str, right: str) -> str:
    """Nothing between Japanese letters, else a space."""
    ends = left[-1:] + right[:1]
    return "" if ends and _UNSPACED.search(ends) else " "


def _doubts(cues: Sequence[Cue]) -> list[str]:
    """What is odd about cues, by their lines."""
    doubts = []
    latest = 0.0
    for cue in cues:
        at = f"line {cue.line}: " if cue.line else ""
        if cue.end < cue.start:
            doubts.append(f"{at}ends at {cue.end:g} s, before it begins at {cue.start:g} s")
        elif not cue.text.strip():
            doubts.append(f"{at}the cue at {cue.start:g} s has no text: left out")
        elif cue.start < latest:
            doubts.append(f"{at}begins at {cue.start:g} s, before the one above: put into order")
        latest = max(latest, cue.start)
    return first_warnings(doubts, "cues")
