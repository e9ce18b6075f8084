"""The measures against trec_eval (through ir-measures) on random rankings, to 1e-9."""

from __future__ import annotations

import random

import ir_measures
import pytest
from ir_measures import AP, RR, P, R, Success, nDCG

from evals.metrics.average_precision import average_precision
from evals.metrics.found_ranks import id_ranks
from evals.metrics.ndcg import graded_ndcg, ndcg
from evals.metrics.precision import precision
from evals.metrics.recall import hit_rate, recall
from evals.metrics.reciprocal_rank import reciprocal_rank


def questions(seed: int, graded: bool) -> list[tuple[list[str], dict[str, int]]]:
    """Rankings of up to 30 of 40 passages, and gains of 1 to 8 passages, some never found."""
    chance = random.Random(seed)
    passages = [f"p{number}" for number in range(40)]
    return [
        (
            chance.sample(passages, chance.randint(1, 30)),
            {
                passage: chance.randint(1, 4) if graded else 1
                for passage in chance.sample(passages, chance.randint(1, 8))
            },
        )
        for _ in range(60)
    ]


def theirs(measure: object, asked: list[tuple[list[str], dict[str, int]]]) -> dict[str, float]:
    qrels = {str(n): gains for n, (_, gains) in enumerate(asked)}
    # trec_eval sorts by score, so a ranking is given as falling scores.
    run = {
        str(n): {passage: float(-rank) for rank, passage in enumerate(ranking)}
        for n, (ranking, _) in enumerate(asked)
    }
    return {m.query_id: m.value for m in ir_measures.iter_calc([measure], qrels, run)}


@pytest.mark.parametrize("k", [1, 3, 5, 10, 50])
def test_binary_measures_are_equal(k: int) -> None:
    asked = questions(k, graded=False)
    pairs = (
        (recall, R @ k),
        (hit_rate, Success @ k),
        (reciprocal_rank, RR @ k),
        (average_precision, AP @ k),
        (ndcg, nDCG @ k),
    )
    for ours, measure in pairs:
        expected = theirs(measure, asked)
        for number, (ranking, gains) in enumerate(asked):
            value = ours(id_ranks(ranking, list(gains)), k)
            assert value == pytest.approx(expected[str(number)], abs=1e-9), (measure, number)


@pytest.mark.parametrize("k", [1, 5, 50])
def test_precision_is_equal(k: int) -> None:
    asked = questions(k, graded=False)
    expected = theirs(P @ k, asked)
    for number, (ranking, gains) in enumerate(asked):
        value = precision([passage in gains for passage in ranking], k)
        assert value == pytest.approx(expected[str(number)], abs=1e-9)


@pytest.mark.parametrize("k", [1, 5, 50])
def test_graded_ndcg_is_equal(k: int) -> None:
    asked = questions(k, graded=True)
    expected = theirs(nDCG @ k, asked)
    for number, (ranking, gains) in enumerate(asked):
        value = graded_ndcg(id_ranks(ranking, list(gains)), list(gains.values()), k)
        assert value == pytest.approx(expected[str(number)], abs=1e-9)
