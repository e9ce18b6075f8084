from __future__ import annotations

from math import log2

import pytest

from evals.metrics.found_scores import (
    HitRateSettings,
    MapSettings,
    MrrSettings,
    NdcgSettings,
    PrecisionSettings,
    RecallSettings,
)
from tests.evals.evals_builders import answer, found, node, outcome

# Quotes at 0-10 and 20-30; the second node holds the first, the third the second.
FOUND = found(node(40, 50), node(0, 12), node(20, 30))


def test_quotes_are_measured_by_the_nodes_that_hold_them() -> None:
    asked = outcome(FOUND, (0, 10), (20, 30))
    assert RecallSettings(k=2).score(asked).value == 0.5
    assert HitRateSettings(k=1).score(asked).value == 0.0
    assert MrrSettings(k=5).score(asked).value == 0.5
    assert MapSettings(k=5).score(asked).value == pytest.approx((1 / 2 + 2 / 3) / 2)
    expected = (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3))
    assert NdcgSettings(k=5).score(asked).value == pytest.approx(expected)
    assert PrecisionSettings(k=5).score(asked).value == pytest.approx(2 / 5)


def test_one_of_several_equal_quotes_is_enough() -> None:
    asked = outcome(FOUND, (0, 10), (60, 70), evidence_any=True)
    assert RecallSettings(k=2).score(asked).value == 1.0
    assert NdcgSettings(k=5).score(asked).value == pytest.approx(1 / log2(3))


def test_passages_are_measured_by_their_first_node() -> None:
    nodes = [node(0, 5, record_id=identity) for identity in ("p3", "p1", "p1", "p2")]
    asked = outcome(found(*nodes), relevant={"p1": 1.0, "p2": 2.0})
    # The passages in order: p3, p1, p2.
    assert RecallSettings(k=2).score(asked).value == 0.5
    assert PrecisionSettings(k=3).score(asked).value == pytest.approx(2 / 3)
    expected = (1 / log2(3) + 2 / log2(4)) / (2 + 1 / log2(3))
    assert NdcgSettings(k=3).score(asked).value == pytest.approx(expected)


def test_what_is_left_and_what_was_retrieved_are_told_apart() -> None:
    asked = outcome(found(node(0, 10), left=[]), (0, 10))
    assert RecallSettings(k=5).score(asked).value == 0.0
    assert RecallSettings(k=5, of="retrieved").score(asked).value == 1.0
    assert RecallSettings(k=5).name == "recall@5"
    assert RecallSettings(k=5, of="retrieved").name == "recall@5 retrieved"


def test_nothing_found_is_nought_and_no_gold_is_no_score() -> None:
    assert RecallSettings(k=5).score(outcome(found(), (0, 10))).value == 0.0
    unsearched = RecallSettings(k=5).score(outcome(answer(), (0, 10)))
    assert (unsearched.value, unsearched.reason) == (None, "nothing was searched")
    unknown = RecallSettings(k=5).score(outcome(FOUND))
    assert (unknown.value, unknown.reason) == (None, "no evidence is known")
    failed = RecallSettings(k=5).score(outcome(None, (0, 10), error="disk full"))
    assert (failed.value, failed.reason) == (None, "failed: disk full")
