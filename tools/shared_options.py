"""Options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

CollectionOption = Annotated[
    str | None, typer.Option("--collection", metavar="NAME", help="Same as --set collection=NAME.")
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="KEY=VALUE",
        help="Search only passages of a source=*.md, recording=TITLE, speaker=NAME or "
        "time=10:00-12:30. Repeatable: one value of each key must match.",
    ),
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="For an answer, waiting included.")
]
