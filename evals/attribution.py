"""At which stage a wrong answer went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from evals.answer_record import AnswerRecord, NodeRecord
from evals.outcome import Outcome, Score

Cause = Literal[
    "right",
    "measures disagree",
    "should have refused",
    "no evidence known",
    "not retrieved",
    "lost by a postprocessor",
    "cut by the budget",
    "in the prompt, not used",
    "failed",
]
# In the order in which a question passes through them.
CAUSES: tuple[Cause, ...] = get_args(Cause)
# From here on a judge calls an answer right: one of its two ratings full, the other half.
JUDGED_RIGHT = 0.75


def cause_of(outcome: Outcome, right: Score, judged: Score | None = None) -> Cause:
    """Why a question was not answered rightly, by the first stage that lost its evidence.

    Evidence is there when the nodes cover all gold quotes (any one, where that is enough), as in
    recall. An answerable question that was refused with its evidence in the prompt was not used.

    Args:
        outcome: What an arm made of the question.
        right: The score that decides: under .5 is wrong. Of an unanswerable question it is not
            asked for; a refusal is right.
        judged: What the judge of answers says, if there is one. Where it calls right what `right`
            calls wrong, one of the two is wrong, and somebody has to look.
    """
    answer = outcome.answer
    if answer is None:
        return "failed"
    if not outcome.sample.answerable:
        return "right" if answer.refused else "should have refused"
    if right.value is not None and right.value >= 0.5:
        return "right"
    if judged is not None and judged.value is not None and judged.value >= JUDGED_RIGHT:
        return "measures disagree"
    if not outcome.has_gold:
        return "no evidence known"
    return _lost_at(outcome, answer)


def _lost_at(outcome: Outcome, answer: AnswerRecord) -> Cause:
    def holds(nodes: Sequence[NodeRecord]) -> bool:
        return all(rank is not None for rank in outcome.ranks(nodes))

    if not holds(answer.retrieved):
        return "not retrieved"
    if not holds(answer.remaining):
        return "lost by a postprocessor"
    if not holds(answer.context):
        return "cut by the budget"
    return "in the prompt, not used"


def causes(
    outcomes: Sequence[Outcome],
    right: Mapping[str, Score],
    judged: Mapping[str, Score] | None = None,
) -> dict[Cause, int]:
    """How many questions each cause has, those with none left out, in the order of the stages.

    Questions that the deciding measure can't score, such as ones without a reference, are not
    counted, unless they can't be answered.
    """
    counted = Counter(
        cause_of(outcome, right[outcome.sample.id], (judged or {}).get(outcome.sample.id))
        for outcome in outcomes
        if not outcome.sample.answerable
        or outcome.answer is None
        or right[outcome.sample.id].value is not None
    )
    return {cause: counted[cause] for cause in CAUSES if counted[cause]}
