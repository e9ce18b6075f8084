"""`transcript overlaps`: where recordings of a file hold the same speech, both readings shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pipelines.document import clock, document_sections
from storage.recordings.overlap import Overlap, Pair, overlaps_of
from storage.recordings.recording import Recording, recordings_of
from tools.command_line import Invocation
from tools.commands.colour import is_coloured, print_coloured
from tools.commands.one_file import read_one
from tools.console import inert_line
from tools.output import Output

_BETTER = {1: "first", -1: "second", 0: None}
# How what only the first reading has is shown, and what only the second one has.
_MARKS = (("[-", "-]", "red"), ("{+", "+}", "green"))


def list_overlaps(run: Invocation, paths: Sequence[Path], *, diff: bool) -> None:
    """Print the stretches that recordings of files have in common, or all as JSON.

    Args:
        paths: Any files that `ingest` reads; each recording is compared with all others.
        diff: Print both readings of each sentence, too.

    Raises:
        ConfigError: A path does not exist or is a folder.
        YomitokiError: A file can't be read.
    """
    paths = list(dict.fromkeys(paths))
    recordings = [
        recording
        for path in paths
        for document in [read_one(run, path)]
        for recording in recordings_of(document.text, document_sections(document), path.name)
    ]
    found = overlaps_of(recordings)
    several = len(paths) > 1
    if run.output.json:
        run.output.record(
            {
                "sources": [path.name for path in paths],
                "recordings": [_recording(one) for one in recordings],
                "overlaps": [_record(overlap) for overlap in found],
            }
        )
        return
    for number, overlap in enumerate(found):
        if number and diff:
            run.output.line()
        run.output.line(_headline(overlap, several=several))
        if diff:
            for pair in overlap.pairs:
                _show(run.output, overlap, pair)
    names = ", ".join(path.name for path in paths)
    run.output.note(_summary(names, recordings, found))


def _summary(name: str, recordings: list[Recording], found: list[Overlap]) -> str:
    if not recordings:
        return f"{name}: no recording: nothing in it has times (docs/reading.md)"
    if len(recordings) == 1:
        return f"{name}: one recording: there is no other one to compare it with"
    if not found:
        return f"{name}: {len(recordings)} recordings, none of which says what another one says"
    sentences = sum(len(overlap.pairs) for overlap in found)
    stretches = "1 stretch" if len(found) == 1 else f"{len(found):,} stretches"
    return (
        f"{name}: {len(recordings)} recordings, {stretches} in common, "
        f"{sentences:,} sentences heard twice"
    )


def _headline(overlap: Overlap, *, several: bool) -> str:
    first, second = overlap.spans
    votes = Counter(overlap.compared(pair) for pair in overlap.pairs)
    return (
        f"{_place(overlap.first, first, several)} = {_place(overlap.second, second, several)}: "
        f"{len(overlap.pairs):,} sentences, {overlap.similarity:.0%} alike; better: the first "
        f"{votes[1]:,}, the second {votes[-1]:,}"
    )


def _place(recording: Recording, span: tuple[int, int], with_source: bool) -> str:
    start, end = recording.times(*span)
    speakers = ", ".join(recording.speakers(*span))
    name = f"{recording.source}: {recording.title}" if with_source else recording.title
    return inert_line(f"{name} [{clock(start)}–{clock(end)}] {speakers}".rstrip())


def _show(output: Output, overlap: Overlap, pair: Pair) -> None:
    """Two readings below each other, the letters marked that only one has."""
    better = overlap.compared(pair)
    output.line(f"  {pair.similarity:.0%} alike")
    sides = (
        (overlap.first, pair.first, better > 0),
        (overlap.second, pair.second, better < 0),
    )
    coloured = is_coloured(output)
    for (recording, span, is_better), unlike, marks in zip(
        sides, overlap.unlike(pair), _MARKS, strict=True
    ):
        start, end = recording.times(*span)
        speakers = inert_line(", ".join(recording.speakers(*span)))
        head = f"  {'*' if is_better else ' '} [{clock(start)}–{clock(end)}] {speakers}".rstrip()
        pieces = [(f"{head}  ", "dim")]
        for number, (_, first, last) in enumerate(recording.between(*span)):
            if number:
                pieces.append((" / ", "dim"))
            pieces += _marked(recording.document, first, last, unlike, marks, coloured)
        if coloured:
            print_coloured(output, pieces)
        else:
            output.line("".join(text for text, _ in pieces))


def _marked(
    text: str,
    start: int,
    end: int,
    unlike: Collection[int],
    marks: tuple[str, str, str],
    coloured: bool,
) -> list[tuple[str, str]]:
    """text[start:end] in pieces, those marked whose letters only one reading has."""
    before, behind, style = marks
    pieces: list[tuple[str, str]] = []
    at = start
    while at < end:
        other = at
        while other < end and (other in unlike) == (at in unlike):
            other += 1
        piece = inert_line(text[at:other].replace("\n", " "))
        if at in unlike:
            pieces.append((piece if coloured else f"{before}{piece}{behind}", style))
        else:
            pieces.append((piece, ""))
        at = other
    return pieces


def _recording(recording: Recording) -> dict[str, Any]:
    start, end = recording.sections[0].start_char, recording.sections[-1].end_char
    t_start, t_end = recording.times(start, end)
    return {
        "source": recording.source,
        "recording": recording.name,
        "title": recording.title,
        "start_char": start,
        "end_char": end,
        "t_start": t_start,
        "t_end": t_end,
    }


def _record(overlap: Overlap) -> dict[str, Any]:
    first, second = overlap.spans
    return {
        "first": _side(overlap.first, first),
        "second": _side(overlap.second, second),
        "similarity": round(overlap.similarity, 4),
        "pairs": [
            {
                "first": {**_side(overlap.first, pair.first), **_said(overlap.first, pair.first)},
                "second": {
                    **_side(overlap.second, pair.second),
                    **_said(overlap.second, pair.second),
                },
                "similarity": round(pair.similarity, 4),
                "better": _BETTER[overlap.compared(pair)],
            }
            for pair in overlap.pairs
        ],
    }


def _side(recording: Recording, span: tuple[int, int]) -> dict[str, Any]:
    t_start, t_end = recording.times(*span)
    return {
        "source": recording.source,
        "recording": recording.name,
        "start_char": span[0],
        "end_char": span[1],
        "t_start": round(t_start, 2),
        "t_end": round(t_end, 2),
        "speakers": recording.speakers(*span),
    }


def _said(recording: Recording, span: tuple[int, int]) -> dict[str, str]:
    return {"text": recording.spoken(*span)}
