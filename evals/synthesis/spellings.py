"""Spellings of an answer that are the same answer."""

from __future__ import annotations

import re

from evals.metrics.answer_letters import answer_letters
from pipelines.japanese.numbers import with_digits

_THOUSANDS = re.compile(r"(?<![\d.])\d{4,}(?![\d.]|年)")


def spellings(answer: str) -> tuple[str, ...]:
    """The answer as it is, then with its kanji numbers in digits: 二万匹 is also 20,000匹."""
    plain = with_digits(answer)
    commas = _THOUSANDS.sub(lambda match: f"{int(match[0]):,}", plain)
    written = [answer]
    if answer_letters(plain) != answer_letters(answer):
        written += [plain, with_digits(answer, myriads=True)]
    if commas != plain:
        written.append(commas)
    return tuple(dict.fromkeys(written))


def folded(answer: str) -> str:
    """What two answers that differ in spelling alone have in common."""
    return answer_letters(with_digits(answer.replace(",", "")))
