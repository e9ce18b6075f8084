"""`transcript report`: how far a transcript can be trusted, and where to look first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.document import clock
from storage.cleaning.glossary import GlossarySettings, Heard
from storage.cleaning.settings import DEFAULT_CLEANING
from storage.cleaning.step import clean
from storage.recordings.quality import Quality, quality_of
from storage.recordings.recording import Recording
from tools.command_line import Invocation
from tools.commands.one_file import read_recordings
from tools.console import inert_line
from tools.output import Output


def report_quality(
    run: Invocation, path: Path, minutes: float, most: int, glossary: Path | None
) -> None:
    """Print the speakers, pauses, regions and least likely stretches of a file's recordings.

    Args:
        path: A transcript with times that `ingest` reads.
        minutes: Of a region, above 0.
        most: Least likely stretches of each recording.
        glossary: Its terms are listened for.

    Raises:
        ConfigError: The path does not exist or is a folder, or the glossary is wrong.
        YomitokiError: The file can't be read, or nothing in it has times.
    """
    terms = GlossarySettings(path=str(glossary)).build() if glossary else None
    document, recordings = read_recordings(run, path, "transcript report")
    cleaned = clean(document.text, [step.build() for step in DEFAULT_CLEANING])
    found = [quality_of(one, cleaned, 60 * minutes, most) for one in recordings]
    heard = terms.heard(document.text) if terms else []
    sounding = [list(_sounding(one, heard)) for one in recordings]
    if run.output.json:
        records = [
            {**asdict(quality), **({"sounds_like": own} if terms else {})}
            for quality, own in zip(found, sounding, strict=True)
        ]
        run.output.record({"source": path.name, "recordings": records})
        return
    for number, (quality, own) in enumerate(zip(found, sounding, strict=True)):
        if number:
            run.output.line()
        _show(run.output, quality)
        _show_sounding(run.output, own)
    recorded = "1 recording" if len(found) == 1 else f"{len(found)} recordings"
    run.output.note(f"{path.name}: {recorded}; docs/recordings.md says what a cost is")


def _sounding(recording: Recording, heard: Sequence[Heard]) -> Iterator[dict[str, Any]]:
    """What sounds like a term in a recording; `sure` is what cleaning would correct."""
    for one in heard:
        if any(True for _ in recording.between(one.start, one.end)):
            yield {
                "start_char": one.start,
                "end_char": one.end,
                "t_start": round(recording.times(one.start, one.end)[0], 2),
                "text": recording.document[one.start : one.end],
                "term": one.term,
                "similarity": round(one.similarity, 3),
                "sure": one.sure,
            }


def _show_sounding(output: Output, sounding: Sequence[dict[str, Any]]) -> None:
    if sounding:
        output.line("\nsounds like a term of the glossary (* cleaning corrects it):")
    for one in sounding:
        mark = "*" if one["sure"] else " "
        said = inert_line(" ".join(one["text"].split()))
        output.line(
            f" {mark}[{clock(one['t_start'])}] {said}: {inert_line(one['term'])}, "
            f"{one['similarity']:.0%} alike"
        )


def _show(output: Output, quality: Quality) -> None:
    output.line(inert_line(f"{quality.title}: {clock(quality.seconds)}, {quality.turns:,} turns"))
    output.line()
    output.table(
        ["speaker", "turns", "time", "letters", "letters a second"],
        [
            [
                share.speaker or "–",
                f"{share.turns:,}",
                clock(share.seconds),
                f"{share.letters:,}",
                f"{share.letters / share.seconds:.1f}" if share.seconds else "–",
            ]
            for share in quality.speakers
        ],
    )
    if quality.pauses:
        pauses = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in quality.pauses)
        output.line(f"\nnothing heard: {pauses}")
    output.line()
    output.table(
        ["time", "letters", "cost a letter", "repairs / 1,000"],
        [
            [
                f"{clock(region.t_start)}–{clock(region.t_end)}",
                f"{region.letters:,}",
                "–" if region.cost is None else f"{region.cost:,.0f}",
                f"{1000 * region.repairs / region.letters:.1f}" if region.letters else "–",
            ]
            for region in quality.regions
        ],
    )
    if quality.suspicions:
        output.line("\nleast likely:")
        for one in quality.suspicions:
            said = inert_line(" ".join(one.text.split()))
            output.line(f"  [{clock(one.t_start)}] {one.cost:,.0f}  {said}")
