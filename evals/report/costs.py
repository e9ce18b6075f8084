"""What each arm costs a question, as rows of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from evals.answer_record import AnswerRecord
from evals.outcome import Outcome
from evals.report.tables import number

_COLUMNS: dict[str, Callable[[AnswerRecord], float]] = {
    "seconds a question": lambda answer: sum(answer.seconds.values()),
    "in the model": lambda answer: answer.model_seconds,
    "tokens read": lambda answer: answer.prompt_tokens,
    "tokens written": lambda answer: answer.completion_tokens,
}


def cost_rows(outcomes: Mapping[str, Sequence[Outcome]]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: means a question of each arm, and the memory that the process held, which
    is the most so far. What is 0 for every arm, as where nothing is answered, has no column."""
    answered = {
        arm: [answer for outcome in of_arm for answer in outcome.answers]
        for arm, of_arm in outcomes.items()
    }
    means = {
        column: {arm: fmean(map(of, answers)) for arm, answers in answered.items() if answers}
        for column, of in _COLUMNS.items()
    }
    shown = [column for column, of_arm in means.items() if any(of_arm.values())]
    rows = []
    for arm, of_arm in outcomes.items():
        if answered[arm]:
            memory = f"{max(outcome.rss_bytes for outcome in of_arm) / 2**30:.1f} GiB"
            rows.append([arm, *[number(means[column][arm]) for column in shown], memory])
        else:
            rows.append([arm, *["–"] * (len(shown) + 1)])
    return ["arm", *shown, "memory"], rows
