from __future__ import annotations

from typing import Any

import pytest

from evals.answer_record import NodeRecord
from evals.attribution import cause_of, causes
from evals.outcome import Outcome, Score
from tests.evals.evals_builders import answer, node, outcome

GOLD, OTHER = node(0, 12), node(40, 50)


def asked(
    retrieved: list[NodeRecord], left: list[NodeRecord], context: list[NodeRecord], **fields: Any
) -> Outcome:
    record = answer(stages=[("retrieving", retrieved), ("cutoff", left)], context=context, **fields)
    return outcome(record, (0, 10))


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        (asked([OTHER], [OTHER], [OTHER]), "not retrieved"),
        (asked([OTHER, GOLD], [OTHER], [OTHER]), "lost by a postprocessor"),
        (asked([GOLD, OTHER], [GOLD, OTHER], [OTHER]), "cut by the budget"),
        (asked([GOLD], [GOLD], [GOLD]), "in the prompt, not used"),
        (asked([GOLD], [GOLD], [GOLD], refused=True), "in the prompt, not used"),
        (outcome(answer()), "no evidence known"),
        (outcome(None, (0, 10), error="broke"), "failed"),
    ],
)
def test_the_first_stage_that_lost_the_evidence_is_named(one: Outcome, cause: str) -> None:
    assert cause_of(one, Score(0.0)) == cause


def test_a_right_answer_has_no_cause_whatever_was_found() -> None:
    assert cause_of(asked([OTHER], [OTHER], [OTHER]), Score(1.0)) == "right"


def test_a_judge_that_calls_a_wrong_answer_right_is_to_be_looked_at() -> None:
    read = asked([GOLD], [GOLD], [GOLD])
    assert cause_of(read, Score(0.0), Score(0.75)) == "measures disagree"
    assert cause_of(read, Score(0.0), Score(0.5)) == "in the prompt, not used"
    assert cause_of(read, Score(0.0), Score(None, "judge failed")) == "in the prompt, not used"
    assert cause_of(read, Score(1.0), Score(0.0)) == "right"


def test_all_quotes_are_needed_unless_any_is_enough() -> None:
    record = answer(stages=[("retrieving", [GOLD])], context=[GOLD])
    assert cause_of(outcome(record, (0, 10), (20, 30)), Score(0.0)) == "not retrieved"
    enough = outcome(record, (0, 10), (20, 30), evidence_any=True)
    assert cause_of(enough, Score(0.0)) == "in the prompt, not used"


def test_what_cannot_be_answered_is_to_be_refused() -> None:
    assert cause_of(outcome(answer(refused=True), answerable=False), Score(None)) == "right"
    assert cause_of(outcome(answer("川"), answerable=False), Score(None)) == "should have refused"


def test_causes_are_counted_in_the_order_of_the_stages() -> None:
    ran = [
        asked([GOLD], [GOLD], [GOLD]),
        asked([OTHER], [OTHER], [OTHER]),
        outcome(answer("川"), answerable=False),
    ]
    assert list(causes(ran, {"q": Score(0.0)}).items()) == [
        ("should have refused", 1), ("not retrieved", 1), ("in the prompt, not used", 1),
    ]  # fmt: skip
    assert causes(ran, {"q": Score(None, "no reference is known")}) == {"should have refused": 1}
