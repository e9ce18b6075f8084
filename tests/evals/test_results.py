from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evals.gates import failed_gates
from evals.outcome import Outcome
from evals.report.tables import (
    comparison_rows,
    markdown,
    measure_rows,
    number,
    overview_rows,
    signed,
)
from evals.results import MetricResult, group_of, metric_results
from evals.sample import Evidence, Sample
from evals.suite import GateSettings, SuiteSettings
from tests.evals.evals_builders import answer


def suite(*metrics: dict[str, Any], **fields: Any) -> SuiteSettings:
    return SuiteSettings.model_validate(
        {
            "name": "s",
            "datasets": [{"kind": "questions", "path": "q.jsonl"}],
            "arms": [{"name": "base"}, {"name": "ours"}, {"name": "third"}],
            "metrics": list(metrics),
            **fields,
        }
    )


def outcomes(texts: Sequence[str | None], seconds: float = 1.0) -> list[Outcome]:
    """A question each, whose right answer is 川; None failed."""
    return [
        Outcome(
            Sample(f"q{number}", "何？", aliases=("川",)),
            [],
            () if text is None else [answer(text, seconds={"answering": seconds})],
            error="broke" if text is None else "",
        )
        for number, text in enumerate(texts)
    ]


def by_name(results: Sequence[MetricResult]) -> dict[str, MetricResult]:
    return {result.metric: result for result in results}


def test_a_mean_says_how_many_questions_it_has_and_why_others_have_none() -> None:
    ran = {"base": outcomes(["川", "山", None, "川"]), "ours": outcomes(["川"] * 4)}
    result = metric_results(suite({"kind": "alias_match"}), ran)[0]
    base = result.summaries["base"]
    assert base.mean == pytest.approx(2 / 3)
    assert (base.scored, base.total, base.reasons) == (3, 4, {"failed: broke": 1})
    columns, rows = overview_rows([result])
    assert columns == ["arm", "alias_match"]
    arm, cells = rows[1]
    assert (arm, cells[0].mean, cells[0].verdict) == ("ours", "1.000", "undecided")
    assert cells[0].note.startswith("[1.000, 1.000] 4/4; against base +0.333")


def test_nothing_scored_is_said_and_no_number() -> None:
    ran = {"base": outcomes(["川"]), "ours": outcomes(["川"])}
    result = metric_results(suite({"kind": "recall"}), ran)[0]
    arm, cells = overview_rows([result])[1][0]
    assert (arm, cells[0].mean, cells[0].verdict) == ("base", "–", "")
    assert comparison_rows([result])[1] == [
        ["ours", "base", "recall@10", "", "", "", "", "0", "not comparable"]
    ]


def test_arms_are_compared_with_the_first_or_with_the_one_before() -> None:
    ran = {arm: outcomes(["川"]) for arm in ("base", "ours", "third")}
    first = metric_results(suite({"kind": "alias_match"}), ran)[0]
    before = metric_results(suite({"kind": "alias_match"}, compare="previous"), ran)[0]
    assert first.against == {"ours": "base", "third": "base"}
    assert before.against == {"ours": "base", "third": "ours"}


def test_all_arms_of_a_measure_are_one_family() -> None:
    wrong, right = ["山"] * 8, ["川"] * 8
    ran = {"base": outcomes(wrong), "ours": outcomes(right), "third": outcomes(wrong)}
    result = metric_results(suite({"kind": "alias_match"}), ran)[0]
    ours = result.comparisons["ours"]
    assert ours is not None
    assert (ours.p, ours.p_holm) == (pytest.approx(2 / 256), pytest.approx(4 / 256))
    row = comparison_rows([result])[1][0]
    assert row == [
        "ours", "base", "alias_match", "+1.000", "[+1.000, +1.000]", "0.016", "8–0", "8", "helps",
    ]  # fmt: skip


def test_a_measure_is_a_table_of_its_own() -> None:
    ran = {"base": outcomes(["山"] * 8), "ours": outcomes(["川"] * 8), "none": outcomes([None] * 8)}
    columns, rows = measure_rows(metric_results(suite({"kind": "alias_match"}), ran)[0])
    assert columns[:6] == ["arm", "mean", "95 %", "scored", "against", "gain"]
    assert rows == [
        ["base", "0.000", "[0.000, 0.000]", "8/8", "", "", "", "", "", ""],
        [
            "ours", "1.000", "[1.000, 1.000]", "8/8", "base", "+1.000", "[+1.000, +1.000]",
            "0.008", "8–0", "helps",
        ],
        ["none", "–", "failed: broke", "0/8", "base", "", "", "", "", "not comparable"],
    ]  # fmt: skip


def test_less_time_is_a_gain() -> None:
    ran = {"base": outcomes(["川"] * 8, seconds=3.0), "ours": outcomes(["川"] * 8, seconds=1.0)}
    result = metric_results(suite({"kind": "seconds"}), ran)[0]
    found = result.comparisons["ours"]
    assert found is not None
    assert (found.difference, found.verdict) == (2.0, "helps")
    columns, rows = overview_rows([result])
    assert columns == ["arm", "seconds ↓"]
    assert [cells[0].verdict for _, cells in rows] == ["", "helps"]


def test_groups_are_those_of_the_suite() -> None:
    sample = Sample("q", "？", group="g", evidence=(Evidence("b.md", "川"), Evidence("a.md", "川")))
    assert group_of(sample, "group") == "group g"
    assert group_of(sample, "document") == "documents a.md, b.md"
    assert group_of(sample, "none") == group_of(Sample("q", "？"), "group") == "question q"


@pytest.mark.parametrize(
    ("bound", "problems"),
    [
        ({"at_least": 0.5}, []),
        ({"at_least": 0.8}, ["d: alias_match of ours is 0.750: must be at least 0.8"]),
        ({"at_most": 0.5}, ["d: alias_match of ours is 0.750: must be at most 0.5"]),
        ({"not_worse_than": "base"}, []),
        ({"at_least": 0.5, "dataset": "another"}, []),
    ],
)
def test_gates_hold_or_say_what_does_not(bound: dict[str, Any], problems: list[str]) -> None:
    ran = {"base": outcomes(["川"] * 4), "ours": outcomes(["川", "川", "川", "山"])}
    results = {"d": metric_results(suite({"kind": "alias_match"}), ran)}
    gate = GateSettings.model_validate({"metric": "alias_match", "arm": "ours", **bound})
    assert [str(one) for one in failed_gates([gate], results, seed=0)] == problems


def test_a_gate_that_was_found_to_hurt_or_was_not_measured_fails() -> None:
    ran = {"base": outcomes(["川"] * 8), "ours": outcomes(["山"] * 8)}
    measures = suite({"kind": "alias_match"}, {"kind": "recall"})
    results = {"d": metric_results(measures, ran)}
    gates = [
        GateSettings(metric="alias_match", arm="ours", not_worse_than="base"),
        GateSettings(metric="recall@10", arm="ours", at_least=0.1),
    ]
    assert [str(one) for one in failed_gates(gates, results, seed=0)] == [
        "d: alias_match of ours is worse than base's by 1.000",
        "d: recall@10 of ours could not be measured",
    ]


def test_a_gate_knows_which_questions_depend_on_each_other() -> None:
    # Eight losses of one group are one observation: nothing is decided, and the gate holds.
    ran = {"base": outcomes(["川"] * 8), "ours": outcomes(["山"] * 8)}
    for of_arm in ran.values():
        of_arm[:] = [replace(one, sample=replace(one.sample, group="g")) for one in of_arm]
    results = {"d": metric_results(suite({"kind": "alias_match"}), ran)}
    gate = GateSettings(metric="alias_match", arm="ours", not_worse_than="base")
    assert failed_gates([gate], results, seed=0) == []


def test_numbers_stay_readable() -> None:
    assert (number(0.5), number(1234.56)) == ("0.500", "1,234.6")
    assert (signed(0.0), signed(-0.25)) == ("+0.000", "−0.250")
    assert markdown(["a|b"], [["1"]]) == ["| a¦b |", "| --- |", "| 1 |"]
