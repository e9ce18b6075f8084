"""Edits shown in their lines, what was beside what is, in colour where that is seen."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.commands.colour import is_coloured, print_coloured
from tools.console import inert_line
from tools.output import Output

if TYPE_CHECKING:
    from storage.cleaning.cleaned_text import CleanedText
    from storage.cleaning.edit import Edit

_CONTEXT = 14


@dataclass(frozen=True)
class ShownEdit:
    """An edit with its line (from 1) and what stands in that line before and behind it."""

    line: int
    before: str
    behind: str
    edit: Edit


def edits_in_lines(text: str, edits: Iterable[Edit]) -> Iterator[ShownEdit]:
    """Each edit with its line of the original and up to 14 characters on either side."""
    breaks = [place for place, letter in enumerate(text) if letter == "\n"]
    for edit in edits:
        line = bisect_right(breaks, edit.start - 1)
        line_start = breaks[line - 1] + 1 if line else 0
        behind = bisect_right(breaks, edit.end - 1)
        line_end = breaks[behind] if behind < len(breaks) else len(text)
        before = text[max(line_start, edit.start - _CONTEXT) : edit.start]
        yield ShownEdit(line + 1, before, text[edit.end : min(line_end, edit.end + _CONTEXT)], edit)


def edit_record(shown: ShownEdit) -> dict[str, Any]:
    """An edit as JSON has it; `start` and `end` are characters of the original."""
    edit = shown.edit
    return {
        "line": shown.line,
        "start": edit.start,
        "end": edit.end,
        "was": edit.replaced,
        "is": edit.replacement,
        "step": edit.step,
        "reason": edit.reason,
    }


def counts_by_step(cleaned: CleanedText) -> dict[str, int]:
    """How many edits each step had a part in, the most first."""
    counted = Counter(name for edit in cleaned.edits for name in edit.steps)
    return dict(counted.most_common())


def show_edits(output: Output, text: str, edits: Iterable[Edit]) -> None:
    """Write a line an edit: its line's number, the words around it, the step and the reason.

    What was is red and what is green on a terminal, unless NO_COLOR is set; elsewhere they stand
    as [-was-]{+is+}. A space is shown as ␣ and a line break as ⏎.
    """
    shown = list(edits_in_lines(text, edits))
    width = len(str(shown[-1].line)) if shown else 1
    coloured = is_coloured(output)
    for one in shown:
        was, is_ = _visible(one.edit.replaced), _visible(one.edit.replacement)
        pieces = [(f"{one.line:>{width}}  {inert_line(one.before)}", "")]
        pieces += [(was if coloured else f"[-{was}-]", "red strike")] if was else []
        pieces += [(is_ if coloured else f"{{+{is_}+}}", "green")] if is_ else []
        pieces += [
            (inert_line(one.behind), ""),
            (f"  {one.edit.step}: {one.edit.reason}", "dim"),
        ]
        if coloured:
            print_coloured(output, pieces)
        else:
            output.line("".join(text for text, _ in pieces))


def _visible(text: str) -> str:
    return inert_line(text.replace("\n", "⏎").replace(" ", "␣").replace("\t", "⇥"))
