"""The `transcript` commands: their options and help; the work is in tools.commands.transcripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tools.command_line import Invocation, command

_STEP = "STEP"


def add_transcript_commands(app: typer.Typer, group: Callable[[str], typer.Typer]) -> None:
    """Add `transcript clean` and `transcript overlaps` to the program.

    Args:
        app: The program.
        group: Makes a group of commands from its help.
    """
    transcript_app = group("Repair and compare what a speech recogniser wrote.")
    app.add_typer(transcript_app, name="transcript")
    command(
        transcript_app,
        "clean",
        "transcript clean lecture.md --diff",
        "transcript clean lecture.md --glossary terms.yaml --diff",
        "transcript clean lecture.md --steps all --reject fillers --out clean.md",
        "transcript clean lecture.md --json > edits.json",
    )(transcript_clean)
    command(
        transcript_app,
        "overlaps",
        "transcript overlaps lecture.md",
        "transcript overlaps lecture.md --diff",
        "transcript overlaps lecture.md --json > overlaps.json",
    )(transcript_overlaps)


def transcript_clean(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any file that ingest reads.")],
    diff: Annotated[bool, typer.Option("--diff", help="Show each edit in its line.")] = False,
    steps: Annotated[
        str | None,
        typer.Option(
            "--steps",
            metavar="STEP,…",
            help="unicode, line_joins, dropped_kana, grammar_gaps (these without it), fillers, "
            "numbers; or all.",
        ),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar=_STEP, help="Keep this step's edits alone. Repeatable."),
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", metavar=_STEP, help="Take this step's edits back. Repeatable."),
    ] = None,
    glossary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Terms (YAML) for what sounds like them; docs/cleaning.md."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the text there.")
    ] = None,
) -> None:
    """Print a file's text with its recogniser's damage repaired.

    Each repair is an edit over the original with its reason; the file itself is not touched. Look
    at them with --diff, then keep or take back the edits of a step. In a diff, によっ[-␣よっ-]て
    reads: the space and よっ go; {+ +} holds what comes.
    """
    from tools.commands import transcripts

    transcripts.clean_file(
        run,
        file,
        steps=steps,
        accept=accept or (),
        reject=reject or (),
        glossary=glossary,
        out=out,
        diff=diff,
    )


def transcript_overlaps(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript that ingest reads.")],
    diff: Annotated[
        bool, typer.Option("--diff", help="Show both readings of each sentence.")
    ] = False,
) -> None:
    """List where recordings of one file hold the same speech, and which reading is thought better.

    Each recording has its own clock, so both times are given. With --diff, the readings stand
    below each other: [-what only the first has-], {+what only the second has+}.
    """
    from tools.commands import overlapping

    overlapping.list_overlaps(run, file, diff=diff)
