"""A yes or no from the person at the terminal."""

from __future__ import annotations

import sys

from tools.output import Output


def confirmed(output: Output, question: str, *, yes: bool) -> bool:
    """Whether to go on with something that can't be undone.

    Args:
        output: Asked on its stderr.
        question: Without the question mark's choices.
        yes: The answer was given beforehand.

    Returns:
        Only a typed y or yes says so. Where nobody can be asked, the answer is no.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        return False
    output.note(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
