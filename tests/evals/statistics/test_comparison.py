from __future__ import annotations

import random

import pytest

from evals.statistics.comparison import Comparison, compare, corrected


def by_id(values: list[float | None]) -> dict[str, float | None]:
    return {f"q{number}": value for number, value in enumerate(values)}


def test_only_questions_that_both_have_a_score_for_are_compared() -> None:
    arm = by_id([1.0, None, 1.0, 0.0])
    base = by_id([0.0, 0.0, None, 0.0])
    found = compare(arm, base, seed=0)
    assert found is not None
    assert (found.n, found.difference, found.wins, found.losses) == (2, 0.5, ("q0",), ())
    assert compare(by_id([None]), by_id([1.0]), seed=0) is None
    assert compare({"a": 1.0}, {"b": 1.0}, seed=0) is None


def test_right_and_wrong_are_compared_by_mcnemar() -> None:
    found = compare(by_id([1.0] * 6 + [0.0]), by_id([0.0] * 5 + [1.0] * 2), seed=0)
    assert found is not None
    assert found.p == pytest.approx(14 / 64)  # five wins, one loss
    assert found.verdict == "undecided"


def test_graded_scores_are_compared_by_permutation() -> None:
    found = compare(by_id([0.5, 0.75, 1.0]), by_id([0.25] * 3), seed=0)
    assert found is not None
    assert found.p == pytest.approx(2 / 8)  # all signs alike, of eight patterns


@pytest.mark.parametrize(("ours", "verdict"), [(1.0, "helps"), (0.0, "hurts")])
def test_eight_of_eight_decide(ours: float, verdict: str) -> None:
    found = compare(by_id([ours] * 8), by_id([1.0 - ours] * 8), seed=0)
    assert found is not None
    assert found.p == pytest.approx(2 / 256)
    assert found.verdict == verdict


def test_many_comparisons_need_more_evidence_each() -> None:
    found = compare(by_id([1.0] * 7), by_id([0.0] * 7), seed=0)
    assert found is not None
    assert found.p == pytest.approx(2 / 128)
    family = corrected([found] * 4)
    assert [one.p_holm for one in family] == pytest.approx([8 / 128] * 4)
    assert found.verdict == "helps"
    assert {one.verdict for one in family} == {"undecided"}


def test_questions_about_one_document_are_one_observation() -> None:
    groups = {f"q{number}": "a.md" if number < 6 else "b.md" for number in range(8)}
    alone = compare(by_id([1.0] * 8), by_id([0.0] * 8), seed=0)
    grouped = compare(by_id([1.0] * 8), by_id([0.0] * 8), groups, seed=0)
    assert alone is not None
    assert grouped is not None
    assert grouped.p == pytest.approx(2 / 4)
    assert (alone.verdict, grouped.verdict) == ("helps", "undecided")


def test_no_difference_needs_no_number_of_questions() -> None:
    found = compare(by_id([1.0, 0.0]), by_id([0.0, 1.0]), seed=0)
    assert found is not None
    assert found.needed is None
    assert (found.difference, found.p, found.verdict) == (0.0, 1.0, "undecided")


def test_so_many_questions_as_needed_find_the_difference_four_times_of_five() -> None:
    chance = random.Random(7)

    def differences(n: int) -> dict[str, float | None]:
        return by_id([chance.gauss(0.3, 1.0) for _ in range(n)])

    many = differences(4000)
    zero = dict.fromkeys(many, 0.0)
    large = compare(many, zero, seed=0)
    assert large is not None
    assert large.needed is not None
    # By hand: ((1.96 + .84) * 1 / .3)^2 = 87.
    assert large.needed == pytest.approx(87, rel=0.15)
    found: list[Comparison | None] = []
    for _ in range(100):
        values = differences(87)
        found.append(compare(values, dict.fromkeys(values, 0.0), seed=0))
    decided = sum(one is not None and one.verdict == "helps" for one in found)
    assert 68 <= decided <= 92  # 80 expected, three standard deviations of 4
