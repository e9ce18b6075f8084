"""Text of a stranger as plain text: nothing in it acts on a terminal, a page or a prompt."""

from __future__ import annotations

import re
import unicodedata

# Control sequences of terminals whole, because without its escape the rest would stay as litter:
# CSI (colours, cursor), OSC (titles, clipboards) up to its end, and escapes of two characters.
_TERMINAL = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -~]"
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def plain_line(text: str, most_chars: int) -> str:
    """A title or snippet on one line: without tags, control, bidi and other invisible characters.

    Args:
        text: Anything.
        most_chars: What is longer is cut, and ends with an ellipsis.
    """
    line = " ".join(plain_lines(_TAG.sub(" ", text)).split())
    return line if len(line) <= most_chars else line[: most_chars - 1].rstrip() + "…"


def plain_lines(text: str) -> str:
    """The same of a page's text, whose lines, tabs and angle brackets stay."""
    unified = _TERMINAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE)
