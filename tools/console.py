"""Text that others wrote, made harmless for a terminal and for a JSON line.

Documents, file names and model output may carry escape sequences, carriage returns or marks that
reverse the direction of writing. Every surface shows them as visible escapes.
"""

from __future__ import annotations

import json
import math
import unicodedata
from typing import Any

_JOINERS = {0x200C, 0x200D}  # zero-width (non-)joiner: parts of emoji and of some scripts
_ACTIVE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _is_active(code: int) -> bool:
    """Whether a character acts on a display instead of standing on it."""
    return unicodedata.category(chr(code)) in _ACTIVE and code not in _JOINERS


class _Visible(dict[int, int | str]):
    """A translation table that fills itself: active characters become visible escapes."""

    def __missing__(self, code: int) -> int | str:
        shown: int | str = code
        if _is_active(code):
            shown = ascii(chr(code))[1:-1]
        self[code] = shown
        return shown


class _JsonEscapes(dict[int, int | str]):
    """The same for the inside of JSON strings, as escapes that JSON reads back."""

    def __missing__(self, code: int) -> int | str:
        shown: int | str = code
        if _is_active(code):
            shown = json.dumps(chr(code))[1:-1]
        self[code] = shown
        return shown


_IN_TEXT = _Visible({0x09: 0x09, 0x0A: 0x0A})
_IN_LINE = _Visible()
_IN_JSON = _JsonEscapes()


def inert(text: str) -> str:
    """Text for display: lines and tabs stay, every other active character is a visible escape.

    A line end of carriage return and line feed becomes a line feed. Escapes look like ``\\x1b``
    or ``\\u202e``. Rich would still read markup in it: pass it as `rich.text.Text`.
    """
    return text.replace("\r\n", "\n").translate(_IN_TEXT)


def inert_line(text: str) -> str:
    """The same on one line: tabs and line ends are visible escapes too."""
    return text.translate(_IN_LINE)


def quoted(text: str, width: int) -> str:
    """The beginning of a passage on one line, at most `width` characters and an ellipsis."""
    flat = " ".join(text.split())
    return inert_line(flat if len(flat) <= width else flat[:width].rstrip() + "…")


def json_line(value: Any) -> str:
    """A value as JSON on one line, in UTF-8 and harmless to print; NaN and infinity are null."""
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, default=str)
    return text.translate(_IN_JSON)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(child) for child in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
