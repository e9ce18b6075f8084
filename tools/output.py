"""Where a command writes: results to stdout; stages, progress and notes to stderr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from tools.console import inert, inert_line, json_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class ResultsUnreadError(Exception):
    """Whoever read stdout has gone, as `head` does when it has seen enough."""


@dataclass
class Output:
    """The two streams of a command, and how the user asked for results.

    Everything written through it is made inert; nothing is read as markup.
    """

    out: TextIO
    err: TextIO
    json: bool = False

    @cached_property
    def console(self) -> Console:
        """Rich on stderr, for what moves."""
        from rich.console import Console

        return Console(file=self.err, markup=False, emoji=False, highlight=False)

    @property
    def interactive(self) -> bool:
        """Whether somebody watches the results appear."""
        return not self.json and self.out.isatty()

    @property
    def animated(self) -> bool:
        """Whether stderr is a terminal that can redraw a line."""
        return self.console.is_terminal and not self.console.is_dumb_terminal

    def line(self, text: str = "") -> None:
        """Write a result as text."""
        self._write(inert(text) + "\n")

    def piece(self, text: str) -> None:
        """Write a part of a line at once."""
        self._write(inert(text))

    def record(self, value: Any) -> None:
        """Write a result as a line of JSON, at once."""
        self._write(json_line(value) + "\n")

    def _write(self, text: str) -> None:
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError as error:
            raise ResultsUnreadError from error

    def note(self, text: str) -> None:
        """Tell the person something that is no result."""
        self.err.write(inert(text) + "\n")
        self.err.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write rows under their headings, aligned; wide characters count as two."""
        from rich.cells import cell_len

        cells = [list(columns), *[[inert_line(cell) for cell in row] for row in rows]]
        widths = [max(cell_len(row[i]) for row in cells) for i in range(len(columns))]
        for row in cells:
            padded = [c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True)]
            self.line("  ".join(padded).rstrip())

    @contextmanager
    def progress(self, *extra: str, counted: bool = True) -> Iterator[Progress]:
        """A progress bar on stderr, shown only where it can be redrawn.

        Args:
            extra: Rich format strings of further columns, such as ``{task.fields[rate]}``.
            counted: Show ``3/10``.
        """
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        columns: list[ProgressColumn] = [MofNCompleteColumn()] if counted else []
        columns += [TextColumn(column, markup=False) for column in extra]
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            *columns,
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.animated,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as progress:
            yield progress
