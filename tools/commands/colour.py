"""Lines in colour, where that is seen."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tools.output import Output


def is_coloured(output: Output) -> bool:
    """Whether it goes to a terminal that shows colour, and NO_COLOR is not set."""
    return (
        output.interactive and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def print_coloured(output: Output, pieces: Sequence[tuple[str, str]]) -> None:
    """Write a line of pieces, each with its style ("red strike"; "" for none)."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=output.out, markup=False, emoji=False, highlight=False)
    console.print(Text.assemble(*pieces), soft_wrap=True)
