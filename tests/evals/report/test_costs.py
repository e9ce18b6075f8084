"""What arms cost, in columns that say something."""

from __future__ import annotations

from typing import Any

from evals.outcome import Outcome
from evals.report.costs import cost_rows, cost_together
from evals.sample import Sample
from tests.evals.evals_builders import answer

SAMPLE = Sample("q1", "いつ？")


def outcome(rss_bytes: int = 2**30, **changed: Any) -> Outcome:
    return Outcome(SAMPLE, (), [answer(**changed)], "", rss_bytes)


def test_means_a_question_and_the_most_memory() -> None:
    columns, rows = cost_rows(
        {
            "ours": [
                outcome(
                    seconds={"retrieve": 1.0, "answer": 2.0}, model_seconds=1.5, prompt_tokens=100
                ),
                outcome(3 * 2**30, seconds={"retrieve": 2.0}, model_seconds=0.5, prompt_tokens=300),
            ],
        }
    )
    assert columns == ["arm", "seconds a question", "in the model", "tokens read", "memory"]
    assert rows == [["ours", "2.500", "1.000", "200.0", "3.0 GiB"]]


def test_nothing_that_is_zero_for_all_arms() -> None:
    arms = {"a": [outcome(seconds={"retrieve": 0.5})], "b": [outcome(seconds={"retrieve": 0.25})]}
    assert cost_rows(arms)[0] == ["arm", "seconds a question", "memory"]


def test_an_arm_that_failed_throughout_costs_nothing_known() -> None:
    failed = Outcome(SAMPLE, (), (), "broke")
    rows = cost_rows({"a": [outcome(seconds={"retrieve": 0.5})], "b": [failed]})[1]
    assert rows[1] == ["b", "–", "–"]


def test_what_a_kept_stage_saved_stands_beside_the_seconds_that_it_is_charged_with() -> None:
    twice = [answer(seconds={"rerank": 6.0}), answer(seconds={"rerank": 4.0})]
    shared = Outcome(SAMPLE, (), twice, "", 2**30, shared_seconds=5.0)
    columns, rows = cost_rows({"b": [outcome(seconds={"rerank": 6.0})], "a": [shared]})
    assert columns == ["arm", "seconds a question", "of them shared", "memory"]
    assert rows == [["b", "6.000", "0.000", "1.0 GiB"], ["a", "5.000", "2.500", "1.0 GiB"]]


def test_what_a_kept_answer_does_not_say_is_no_zero() -> None:
    known = Outcome(SAMPLE, (), [answer(seconds={"rerank": 4.0})], shared_seconds=1.0)
    unknown = Outcome(SAMPLE, (), [answer(seconds={"rerank": 4.0})], shared_seconds=None)
    rows = cost_rows({"a": [known], "b": [known, unknown]})[1]
    assert [row[2] for row in rows] == ["1.000", "–"]


def test_what_arms_share_is_counted_once_when_they_are_compared_with_the_dearest() -> None:
    dear = [Outcome(SAMPLE, (), [answer(seconds={"rerank": 6.0, "answer": 2.0})])] * 2
    shared = Outcome(
        SAMPLE, (), [answer(seconds={"rerank": 6.0, "answer": 1.0})], shared_seconds=6.0
    )
    cheap = [shared, outcome(seconds={"answer": 3.0})]
    # 16 s for the dear one; the cheap one's 10 s hold 6 that were not spent again.
    assert cost_together({"cheap": cheap, "dear": dear}) == (
        "All 2 arms together: 20.0 s of answers, 1.250 times what 'dear', the dearest, takes alone."
    )


def test_of_one_arm_of_unknown_seconds_and_of_failures_nothing_is_said() -> None:
    known = outcome(seconds={"answer": 3.0})
    unknown = Outcome(SAMPLE, (), known.answers, shared_seconds=None)
    failed = Outcome(SAMPLE, (), (), "broke")
    assert cost_together({"a": [known]}) == ""
    assert cost_together({"a": [known], "b": [unknown]}) == ""
    assert cost_together({"a": [known], "b": [failed]}) == ""
