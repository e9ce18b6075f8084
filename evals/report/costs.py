"""What each arm costs a question, as rows of text, and what all of them cost together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan
from statistics import fmean

from evals.outcome import Outcome
from evals.report.tables import number

# What a question cost: its answers, and the seconds of them that were kept, not spent again.
_COLUMNS: dict[str, Callable[[Outcome], float]] = {
    "seconds a question": lambda of: fmean(sum(answer.seconds.values()) for answer in of.answers),
    "of them shared": lambda of: (
        nan if of.shared_seconds is None else of.shared_seconds / len(of.answers)
    ),
    "in the model": lambda of: fmean(answer.model_seconds for answer in of.answers),
    "tokens read": lambda of: fmean(answer.prompt_tokens for answer in of.answers),
    "tokens written": lambda of: fmean(answer.completion_tokens for answer in of.answers),
}


def cost_rows(outcomes: Mapping[str, Sequence[Outcome]]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: means a question of each arm, and the memory that the process held, which
    is the most so far. Shared are the seconds that an arm is charged for a stage that was kept
    before, mostly by another arm. What is 0 for every arm, or rounds to it, has no column."""
    answered = {
        arm: [outcome for outcome in of_arm if outcome.answers] for arm, of_arm in outcomes.items()
    }
    means = {
        column: {arm: fmean(map(of, asked)) for arm, asked in answered.items() if asked}
        for column, of in _COLUMNS.items()
    }
    shown = [
        column
        for column, of_arm in means.items()
        if any(not isnan(mean) and number(mean) != number(0.0) for mean in of_arm.values())
    ]
    rows = []
    for arm, of_arm in outcomes.items():
        if answered[arm]:
            memory = f"{max(outcome.rss_bytes for outcome in of_arm) / 2**30:.1f} GiB"
            cells = [means[column][arm] for column in shown]
            rows.append([arm, *["–" if isnan(mean) else number(mean) for mean in cells], memory])
        else:
            rows.append([arm, *["–"] * (len(shown) + 1)])
    return ["arm", *shown, "memory"], rows


def cost_together(outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    """A sentence on the seconds of all arms' answers, each shared one counted once, against those
    of the dearest arm alone; empty with fewer than two arms, and where not all of it is known."""
    every = [outcome for of_arm in outcomes.values() for outcome in of_arm]
    alone = {arm: sum(map(_seconds, of_arm)) for arm, of_arm in outcomes.items()}
    known = [one.shared_seconds for one in every if one.answers and one.shared_seconds is not None]
    dearest = max(alone, key=alone.__getitem__)
    if len(alone) < 2 or len(known) < len(every) or not alone[dearest]:
        return ""
    whole = sum(alone.values()) - sum(known)
    return (
        f"All {len(alone)} arms together: {number(whole)} s of answers, "
        f"{number(whole / alone[dearest])} times what {dearest!r}, the dearest, takes alone."
    )


def _seconds(outcome: Outcome) -> float:
    return sum(sum(answer.seconds.values()) for answer in outcome.answers)
