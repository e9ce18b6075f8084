"""Score the output of `ask --questions` against reference answers, by type of question.

    python main.py ask --questions QUESTIONS.jsonl > answers.jsonl
    python -m benchmarks.score_answers QUESTIONS.jsonl answers.jsonl

Prints a Markdown table: answers that match an alias, those that do so in the model's own words
alone (without the sentences that the answer quotes), wrong refusals, right refusals of what the
documents do not tell, and seconds a question. Ids with an odd number are those that prompts and
settings were chosen on; even ones were held out.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.metrics.alias_match import alias_match


@dataclass(frozen=True)
class Scored:
    """One question's outcome; `right` counts a refusal of an unanswerable question, `unquoted`
    what the answer would be worth without its quotes."""

    id: str
    type: str
    answerable: bool
    refused: bool
    right: bool
    unquoted: bool
    seconds: float

    @property
    def held_out(self) -> bool:
        return held_out(self.id)


def held_out(question_id: str) -> bool:
    """Whether a question is one of those that nothing is chosen on: its id has an even number."""
    return int(re.sub(r"\D", "", question_id) or 0) % 2 == 0


def score(question: dict[str, Any], answer: dict[str, Any]) -> Scored:
    """Match one answer against its reference; a refusal never matches an alias."""
    answerable = question["type"] != "unanswerable"
    refused = bool(answer["refused"])

    def right(text: str) -> bool:
        if refused or not answerable:
            return refused and not answerable
        groups = question.get("answer_groups") or ()
        return alias_match(text, question["answer_aliases"], groups)

    return Scored(
        id=str(question["id"]),
        type=question["type"],
        answerable=answerable,
        refused=refused,
        right=right(answer["answer"]),
        unquoted=right(answer["answer"].split("\n「")[0]),
        seconds=sum(answer["seconds"].values()),
    )


def table(scored: Sequence[Scored]) -> list[str]:
    """Markdown lines: a row a type, then the answerable, the unanswerable and both halves."""
    lines = [
        "| questions | right | without quotes | of | refused | seconds, mean |",
        "|---|---|---|---|---|---|",
    ]

    def row(name: str, group: Sequence[Scored]) -> None:
        if group:
            right, refused = sum(s.right for s in group), sum(s.refused for s in group)
            seconds = statistics.mean(s.seconds for s in group)
            own = sum(s.unquoted for s in group)
            lines.append(f"| {name} | {right} | {own} | {len(group)} | {refused} | {seconds:.1f} |")

    for kind in dict.fromkeys(s.type for s in scored):
        row(kind, [s for s in scored if s.type == kind])
    answerable = [s for s in scored if s.answerable]
    row("**answerable**", answerable)
    row("answerable, odd ids (tuned on)", [s for s in answerable if not s.held_out])
    row("answerable, even ids (held out)", [s for s in answerable if s.held_out])
    row("**unanswerable**", [s for s in scored if not s.answerable])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("answers", type=Path)
    arguments = parser.parse_args()
    questions = _read(arguments.questions)
    answers = _read(arguments.answers)
    scored = [score(questions[id_], a) for id_, a in answers.items() if "answer" in a]
    print("\n".join(table(scored)))
    missing = len(questions) - len(scored)
    if missing:
        print(f"\n{missing} of {len(questions)} questions have no answer and are not counted")
    print("\nwrong:", " ".join(s.id for s in scored if not s.right))


def _read(path: Path) -> dict[str, dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {str(record["id"]): record for record in map(json.loads, filter(None, lines))}


if __name__ == "__main__":
    main()
