"""Answers of the documents that have one form: 五十八匹 and 四百十二匹 are both a number of 匹."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evals.synthesis.candidates import Candidate
from pipelines.japanese.numbers import with_digits

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def form_of(answer: str) -> str:
    """The answer with # for each number; "" without one, for names have no such form."""
    form = _NUMBER.sub("#", with_digits(answer).replace(" ", ""))
    return form if "#" in form else ""


def answers_by_form(queue: Iterable[Candidate]) -> Mapping[str, tuple[str, ...]]:
    """All answers with a number, each once, in the order of the queue, by their form."""
    found: dict[str, dict[str, None]] = {}
    for candidate in queue:
        if form := form_of(candidate.answer):
            found.setdefault(form, {})[candidate.answer] = None
    return {form: tuple(answers) for form, answers in found.items()}
