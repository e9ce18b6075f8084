"""Answers whose last number can be checked, as in mathematics."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BOXED = re.compile(r"\\boxed\s*\{([^{}]*)\}")
_INTEGER = re.compile(r"(?<![\d.,])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?![\d,]*\.?\d)")


@dataclass(frozen=True)
class Verified:
    """`right`: the number is the reference; `formatted`: it stands in a box as was asked for.

    Apart, because a model that is right and ignores the format fails for another reason.
    """

    right: bool
    formatted: bool


def verify_integer(answer: str, reference: int) -> Verified:
    r"""Compare the integer in the last \boxed{…}, or else the last integer of the text.

    Full-width digits and thousands separators are read; a decimal fraction is no integer.
    """
    text = unicodedata.normalize("NFKC", answer)
    boxed = _BOXED.findall(text)
    numbers = _INTEGER.findall(boxed[-1] if boxed else text)
    right = bool(numbers) and int(numbers[-1].replace(",", "")) == reference
    return Verified(right=right, formatted=bool(boxed) and len(numbers) == 1)
