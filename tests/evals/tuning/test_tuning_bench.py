"""What outcomes are worth: means by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evals.outcome import Outcome
from evals.tuning.bench import measured
from evals.tuning.settings import TuningSettings
from pipelines.errors import YomitokiError
from tests.evals.evals_builders import found, node, outcome

HIT, MISS = found(node(0, 10)), found(node(90, 99))


def tuning(**changes: Any) -> TuningSettings:
    values: dict[str, Any] = {
        "name": "s",
        "datasets": [{"kind": "questions", "path": "q.jsonl"}],
        "answers": False,
        "metric": {"kind": "recall", "k": 5},
        "space": {"retriever.top_k": {"int": [1, 4]}},
        "budget": {"trials": 1},
        **changes,
    }
    return TuningSettings.model_validate(values)


def hit() -> Outcome:
    return outcome(HIT, (0, 10))


def miss() -> Outcome:
    return outcome(MISS, (0, 10))


def test_each_dataset_counts_the_same() -> None:
    """3/4 of the first and 0/1 of the second: (.75 + 0) / 2."""
    got = measured(tuning(), "trial 1", [[hit(), hit(), hit(), miss()], [miss()]])
    assert (got.score, got.scored, got.total, got.eligible) == (0.375, 5, 5, True)


def test_a_question_without_gold_is_left_out_of_the_mean() -> None:
    got = measured(tuning(), "trial 1", [[hit(), miss(), outcome(HIT)]])
    assert (got.score, got.scored, got.total) == (0.5, 2, 3)


def test_bounds_are_means_too() -> None:
    slow = [outcome(replace(HIT, seconds={"retrieving": s}), (0, 10)) for s in (1.0, 4.0)]
    bound = {"metric": {"kind": "seconds"}, "at_most": 2}
    got = measured(tuning(bounds=[bound]), "trial 1", [slow])
    assert (got.bounds, got.excess, got.eligible) == ({"seconds": 2.5}, {"seconds": 0.5}, False)


def test_a_bound_that_can_not_be_measured_is_a_failed_trial() -> None:
    bound = {"metric": {"kind": "seconds", "stage": "llm_rerank"}, "at_most": 2}
    got = measured(tuning(bounds=[bound]), "trial 1", [[hit()]])
    assert (got.score, got.reason) == (None, "seconds llm_rerank: has no stage 'llm_rerank'")


def test_some_failed_questions_leave_no_score() -> None:
    """A mean over the rest would be one over easier questions."""
    got = measured(tuning(), "trial 1", [[hit(), outcome(None, (0, 10), error="too long")]])
    assert (got.score, got.reason) == (None, "1 of 2 questions failed, q: too long")


def test_failed_questions_alone_end_the_search() -> None:
    failed = outcome(None, (0, 10), error="no model: run models pull")
    with pytest.raises(YomitokiError, match=r"trial 1: every question failed.*run models pull"):
        measured(tuning(), "trial 1", [[failed], [failed]])
