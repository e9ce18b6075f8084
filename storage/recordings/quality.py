"""How far a recording's transcript can be trusted, and where to look first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

from pipelines.document import Section
from pipelines.japanese.tokens import path_cost
from storage.cleaning.cleaned_text import CleanedText
from storage.recordings.recording import Recording

# Letters whose cost is taken together: about a clause.
_STRETCH = 16
# Stretches of fewer letters say little.
_LEAST = 8
# A pause in which nothing was recognised is named from this many seconds on.
_PAUSE = 20.0


@dataclass(frozen=True)
class SpeakerShare:
    """What a recogniser gave to one speaker; `seconds` of turns, `letters` without marks."""

    speaker: str
    turns: int
    seconds: float
    letters: int


@dataclass(frozen=True)
class Region:
    """Minutes of a recording. `cost` is the mean cost of Sudachi's path a letter (higher: less
    likely Japanese), None where nothing is said; `repairs` counts the cleaning steps' edits."""

    t_start: float
    t_end: float
    letters: int
    cost: float | None
    repairs: int


@dataclass(frozen=True)
class Suspicion:
    """A stretch that is hardly Japanese: characters of the document, seconds, `cost` a letter."""

    start_char: int
    end_char: int
    t_start: float
    text: str
    cost: float


@dataclass(frozen=True)
class Quality:
    """Of one recording. `pauses` are (start, end) in seconds between turns; `suspicions` the least
    likely stretches, the worst first."""

    name: str
    title: str
    seconds: float
    turns: int
    speakers: tuple[SpeakerShare, ...]
    pauses: tuple[tuple[float, float], ...]
    regions: tuple[Region, ...]
    suspicions: tuple[Suspicion, ...]


def quality_of(
    recording: Recording, cleaned: CleanedText, region_seconds: float, most: int
) -> Quality:
    """Measure a recording.

    Args:
        recording: One of a document's.
        cleaned: The document's text after the cleaning steps whose repairs count.
        region_seconds: Length of a region, above 0.
        most: Suspicions at most.
    """
    turns = [_Turn.of(recording, section) for section in recording.sections]
    stretches = list(stretches_of(recording))
    end = max((turn.t_end for turn in turns), default=0.0)
    edits = [
        recording.times(edit.start, edit.start + 1)[0]
        for edit in cleaned.edits
        if any(True for _ in recording.between(edit.start, edit.start + 1))
    ]
    worst = sorted(stretches, key=lambda one: (-one.cost, one.start_char))
    return Quality(
        name=recording.name,
        title=recording.title,
        seconds=end,
        turns=len(turns),
        speakers=tuple(_speakers(turns)),
        pauses=tuple(_pauses(turns)),
        regions=tuple(_regions(turns, stretches, edits, end, region_seconds)),
        suspicions=tuple(worst[:most]),
    )


@dataclass(frozen=True)
class _Turn:
    speaker: str
    t_start: float
    t_end: float
    letters: int

    @classmethod
    def of(cls, recording: Recording, section: Section) -> _Turn:
        first, last = recording.letters.range_of(section.start_char, section.end_char)
        start = float(section.metadata["t_start"])
        end = float(section.metadata.get("t_end", start))
        return cls(str(section.metadata.get("speaker") or ""), start, end, last - first)


def _speakers(turns: Sequence[_Turn]) -> Iterator[SpeakerShare]:
    """By the seconds that they speak, the longest first."""
    names = dict.fromkeys(turn.speaker for turn in turns)
    shares = []
    for name in names:
        own = [turn for turn in turns if turn.speaker == name]
        seconds = sum(max(0.0, turn.t_end - turn.t_start) for turn in own)
        shares.append(SpeakerShare(name, len(own), seconds, sum(turn.letters for turn in own)))
    yield from sorted(shares, key=lambda share: -share.seconds)


def _pauses(turns: Sequence[_Turn]) -> Iterator[tuple[float, float]]:
    """Stretches between turns, and before the first, in which nobody is heard."""
    reached = 0.0
    for turn in sorted(turns, key=lambda one: one.t_start):
        if turn.t_start - reached >= _PAUSE:
            yield reached, turn.t_start
        reached = max(reached, turn.t_end)


def stretches_of(recording: Recording) -> Iterator[Suspicion]:
    """What is said, in stretches of about a clause, each with its cost."""
    text = recording.document
    for start, end in recording.sentences:
        first, last = recording.letters.range_of(start, end)
        places = recording.letters.places
        for at in range(first, last, _STRETCH):
            until = min(last, at + _STRETCH)
            if until - at < _LEAST:
                continue
            begin, finish = places[at], places[until - 1] + 1
            letters = recording.letters.text[at:until]
            yield Suspicion(
                begin,
                finish,
                recording.times(begin, finish)[0],
                text[begin:finish],
                path_cost(letters) / len(letters),
            )


def _regions(
    turns: Sequence[_Turn],
    stretches: Sequence[Suspicion],
    edits: Sequence[float],
    end: float,
    length: float,
) -> Iterator[Region]:
    count = max(1, ceil(end / length))

    def region_of(second: float) -> int:
        # What begins at the very end is the last one's.
        return min(count - 1, int(second // length))

    costs: dict[int, list[float]] = defaultdict(list)
    for one in stretches:
        costs[region_of(one.t_start)].append(one.cost)
    letters: Counter[int] = Counter()
    for turn in turns:
        letters[region_of(turn.t_start)] += turn.letters
    repairs = Counter(region_of(second) for second in edits)
    for number in range(count):
        own = costs[number]
        yield Region(
            number * length,
            min(end, (number + 1) * length),
            letters[number],
            fmean(own) if own else None,
            repairs[number],
        )
