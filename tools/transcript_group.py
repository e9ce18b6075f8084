"""The `transcript` commands: their options and help; the work is in tools.commands.transcripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tools.command_line import Invocation, command

_STEP = "STEP"


def add_transcript_commands(app: typer.Typer, group: Callable[[str], typer.Typer]) -> None:
    """Add the commands below `transcript` to the program.

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
        "terms",
        "transcript terms slides/ --out terms.yaml",
        "transcript terms papers/ notes.md --min-count 3",
    )(transcript_terms)
    command(
        transcript_app,
        "overlaps",
        "transcript overlaps lecture.md",
        "transcript overlaps lecture.md --diff",
        "transcript overlaps front.srt back.srt --diff",
        "transcript overlaps lecture.md --json > overlaps.json",
    )(transcript_overlaps)
    command(
        transcript_app,
        "report",
        "transcript report lecture.md",
        "transcript report lecture.md --minutes 2 --most 40",
        "transcript report lecture.md --glossary terms.yaml",
    )(transcript_report)
    command(
        transcript_app,
        "topics",
        "transcript topics lecture.md",
        "transcript topics lecture.srt --terms 8 --json",
    )(transcript_topics)


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
    llm: Annotated[
        bool,
        typer.Option(
            "--llm", help="Let the language model correct sentences, guarded. Minutes a page."
        ),
    ] = False,
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
        llm=llm,
        out=out,
        diff=diff,
    )


def transcript_terms(
    run: Invocation,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Slides, papers, notes, folders of them.")
    ],
    min_count: Annotated[
        int, typer.Option("--min-count", min=1, help="How often a term must stand there.")
    ] = 2,
    min_morae: Annotated[
        int, typer.Option("--min-morae", min=1, help="How long it must be when it is said.")
    ] = 5,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the glossary there.")
    ] = None,
) -> None:
    """Print a glossary of the terms in documents that are written as they should be.

    Give it to `transcript clean --glossary`, or name it in a config's `cleaning`. Look through it
    first: add readings that nobody could guess, and what the recogniser makes of a term.
    """
    from tools.commands.transcript_terms import write_terms

    write_terms(run, paths, min_count, min_morae, out)


def transcript_overlaps(
    run: Invocation,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Transcripts that ingest reads.")
    ],
    diff: Annotated[
        bool, typer.Option("--diff", help="Show both readings of each sentence.")
    ] = False,
) -> None:
    """List where recordings hold the same speech, and which reading is thought better.

    Recordings are those of one file or of several. Each has its own clock, so both times are
    given. With --diff, the readings stand below each other: [-what only the first has-], {+what
    only the second has+}.
    """
    from tools.commands import overlapping

    overlapping.list_overlaps(run, files, diff=diff)


def transcript_report(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript that ingest reads.")],
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, help="Length of a region in the table.")
    ] = 5.0,
    most: Annotated[
        int, typer.Option("--most", min=0, help="How many least likely stretches are listed.")
    ] = 20,
    glossary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also list what sounds like its terms."),
    ] = None,
) -> None:
    """Show how far a transcript can be trusted, and where to look first.

    Speakers with their share of the time, pauses in which nothing was heard, and for each few
    minutes how likely the words are as Japanese (a higher cost is less likely) and how much
    cleaning repairs there. Then the least likely stretches, the worst first.
    """
    from tools.commands.transcript_quality import report_quality

    report_quality(run, file, minutes, most, glossary)


def transcript_topics(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript that ingest reads.")],
    terms: Annotated[
        int, typer.Option("--terms", min=0, help="How many terms of each topic are shown.")
    ] = 6,
) -> None:
    """Show what a lecture is about, from when to when.

    A topic is a stretch with words of its own: the text decides how many there are. Its terms are
    those that are more frequent in it than in the rest of the recording.
    """
    from tools.commands.transcript_topics import list_topics

    list_topics(run, file, terms)
