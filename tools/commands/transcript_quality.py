"""`transcript report`: how far a transcript can be trusted, and where to look first."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pipelines.document import clock, document_sections
from pipelines.errors import YomitokiError
from storage.cleaning.settings import DEFAULT_CLEANING
from storage.cleaning.step import clean
from storage.recordings.quality import Quality, quality_of
from storage.recordings.recording import recordings_of
from tools.command_line import Invocation
from tools.commands.one_file import read_one
from tools.console import inert_line
from tools.output import Output


def report_quality(run: Invocation, path: Path, minutes: float, most: int) -> None:
    """Print the speakers, pauses, regions and least likely stretches of a file's recordings.

    Args:
        path: A transcript with times that `ingest` reads.
        minutes: Of a region, above 0.
        most: Least likely stretches of each recording.

    Raises:
        ConfigError: The path does not exist or is a folder.
        YomitokiError: The file can't be read, or nothing in it has times.
    """
    document = read_one(run, path)
    recordings = recordings_of(document.text, document_sections(document))
    if not recordings:
        raise YomitokiError(
            f"{path}: nothing in it has times: transcript report reads transcripts "
            "(docs/reading.md)"
        )
    cleaned = clean(document.text, [step.build() for step in DEFAULT_CLEANING])
    found = [quality_of(one, cleaned, 60 * minutes, most) for one in recordings]
    if run.output.json:
        run.output.record({"source": path.name, "recordings": [asdict(one) for one in found]})
        return
    for number, quality in enumerate(found):
        if number:
            run.output.line()
        _show(run.output, quality)
    recorded = "1 recording" if len(found) == 1 else f"{len(found)} recordings"
    run.output.note(f"{path.name}: {recorded}; docs/recordings.md says what a cost is")


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
