from __future__ import annotations

import math

import numpy as np
import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from benchmarks.rerank_calibration import (
    Judged,
    brier,
    fit,
    gain_interval,
    is_relevant,
    log_loss,
    report,
)
from benchmarks.retrieval_recall import Question
from evals.metrics.gold_quote import GoldQuote


def test_the_fit_finds_the_curve_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0, 2, 20_000)
    y = rng.random(20_000) < 1 / (1 + np.exp(-(0.4 * x - 1.5)))
    slope, intercept = fit(x.tolist(), y.tolist())
    assert slope == pytest.approx(0.4, abs=0.03)
    assert intercept == pytest.approx(-1.5, abs=0.05)


def test_the_fit_is_that_of_scikit_learn() -> None:
    """With the targets as weights: each node counts for both kinds, in those shares."""
    linear = pytest.importorskip("sklearn.linear_model")
    x = [3.0, 1.0, 0.5, -0.5, 2.0, -1.0, -4.0]
    y = [True, True, False, False, False, True, False]
    high, low = 4 / 5, 1 / 6  # three relevant, four others
    target = [high if relevant else low for relevant in y]
    model = linear.LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000).fit(
        np.array([*x, *x])[:, None],
        [1] * 7 + [0] * 7,
        sample_weight=[*target, *(1 - t for t in target)],
    )
    expected = (model.coef_[0, 0], model.intercept_[0])
    assert fit(x, y) == pytest.approx(expected, abs=1e-4)


def test_separated_kinds_have_a_finite_fit_and_one_kind_has_none() -> None:
    slope, intercept = fit([1.0, 2.0, -1.0, -2.0], [True, True, False, False])
    assert slope > 0
    assert math.isfinite(slope)
    assert intercept == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="0 relevant and 2 other nodes"):
        fit([1.0, 2.0], [False, False])


def test_losses_by_hand() -> None:
    # Probabilities 3/4 and 1/2 of a relevant and of another node.
    odds, relevant = np.array([math.log(3), 0.0]), np.array([True, False])
    assert log_loss(odds, relevant) == pytest.approx([math.log(4 / 3), math.log(2)])
    assert brier(odds, relevant) == pytest.approx([1 / 16, 1 / 4])
    assert log_loss(np.array([-800.0]), np.array([True])) == pytest.approx([800.0])


def test_a_node_is_relevant_from_a_third_of_a_quote_on() -> None:
    question = Question("q1", "？", [GoldQuote("a", ((100, 130), (500, 530)))], True)

    def relevant(start: int, end: int, source: str = "a") -> bool:
        node = TextNode(
            text="x", start_char_idx=start, end_char_idx=end, metadata={"source": source}
        )
        return is_relevant(NodeWithScore(node=node), question)

    assert relevant(0, 110)
    assert not relevant(0, 109)
    assert relevant(505, 515)
    assert not relevant(100, 130, "b")


def test_the_report_fits_on_odd_questions_and_reports_both_halves() -> None:
    # Twice too sure: relevant in 3 of 4 cases where the model says 9 to 1, and the other way round.
    log_odds = [math.log(9)] * 4 + [-math.log(9)] * 4
    relevant = [True, True, True, False, True, False, False, False]
    judged = [Judged(f"q{i}", i % 2 == 1, log_odds, relevant) for i in range(40)]
    text = report(judged)
    slope, intercept = fit(log_odds * 20, relevant * 20)
    assert slope == pytest.approx(0.5, abs=0.02)
    assert intercept == pytest.approx(0, abs=1e-6)
    assert text.startswith(f"calibration: {{slope: {slope:.3f}, intercept: ")
    # 3/4 · -ln .9 + 1/4 · -ln .1 = .655; -ln of 3/4 and 1/4: .562; one half for all: .693.
    assert "| held out (even) | the model's own | 0.655 |" in text
    assert "| held out (even) | calibrated | 0.562 |" in text
    assert "| held out (even) | 0.50 for all | 0.693 | 0.250 | 20 | 160 | 80 |" in text
    low, high = gain_interval(judged, 0.5, 0.0)
    assert low == pytest.approx(high), "all questions are alike"
    assert low == pytest.approx(0.655 - 0.562, abs=1e-3)


def test_log_odds_that_say_the_opposite_are_not_calibrated() -> None:
    judged = [Judged("q1", True, [1.0, -1.0, 2.0, -2.0], [False, True, False, True])]
    assert "do not calibrate" in report(judged)
