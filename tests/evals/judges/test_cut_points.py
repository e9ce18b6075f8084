from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.judges.cut_points import fitted, grades_by, held_out_grades
from evals.statistics.agreement import kappa

SCALE = (0, 2, 4)


def test_scores_that_part_the_grades_are_parted_in_the_middle() -> None:
    assert fitted([-3.0, -2.0, 0.0, 1.0, 3.0, 4.0], [0, 0, 2, 2, 4, 4], SCALE) == (-1.0, 2.0)
    assert grades_by([-1.5, -1.0, 1.9, 2.0], (-1.0, 2.0), SCALE) == [0, 2, 2, 4]


def test_of_two_grades_there_is_one_point() -> None:
    assert fitted([-3.0, -1.0, 2.0, 4.0], [0, 0, 1, 1], (0, 1)) == (0.5,)
    assert grades_by([0.4, 0.5], (0.5,), (0, 1)) == [0, 1]
    assert held_out_grades([0.0, 10.0, 1.0, 11.0], [0, 0, 1, 1], (0, 1)) == [0, 1, 0, 1]


def test_without_answers_that_are_partly_right_the_points_are_one() -> None:
    half, full = fitted([-1.0, 0.0, 1.0, 2.0], [0, 0, 4, 4], SCALE)
    assert half == full == 0.5


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(-4, 4).map(float), st.sampled_from([0, 2, 4])),
        min_size=2,
        max_size=9,
    )
)
def test_no_other_points_agree_better(items: list[tuple[float, int]]) -> None:
    scores, grades = [score for score, _ in items], [grade for _, grade in items]

    def agreement(half: float, full: float) -> float:
        found = kappa(grades, grades_by(scores, (half, full), SCALE), weighted=True)
        return -1.0 if found is None else found

    places = [n / 2 + 0.25 for n in range(-12, 12)]
    best = max(agreement(half, full) for half in places for full in places if half <= full)
    assert agreement(*fitted(scores, grades, SCALE)) == pytest.approx(best)


def test_each_half_is_graded_by_the_other_one_s_points() -> None:
    # At even places the points are 0.5 and 2.5, at odd ones 10.5 and 12.5.
    scores = [0.0, 10.0, 2.0, 12.0, 3.0, 13.0, 1.0, 11.0]
    grades = [0, 0, 2, 2, 4, 4, 2, 2]
    assert held_out_grades(scores, grades, SCALE) == [0, 4, 0, 4, 0, 4, 0, 4]
    assert held_out_grades([1.0, 2.0, 3.0], [0, 2, 4], SCALE) == []


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="as many grades as scores"):
        fitted([1.0], [], SCALE)
