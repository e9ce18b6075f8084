from __future__ import annotations

from evals.tuning.trial import Measured, Trial, best_so_far, ranked, winner


def trials(*scores: float | None, excess: float = -1.0) -> list[Trial]:
    return [
        Trial(number, {"k": number}, Measured(score, excess={"seconds": excess}), 1.0)
        for number, score in enumerate(scores, start=1)
    ]


def test_the_best_wins_and_of_equal_ones_the_first() -> None:
    found = trials(0.5, 0.8, None, 0.8)
    assert [trial.number for trial in ranked(found)] == [2, 4, 1]
    won = winner(Measured(0.6), found)
    assert won is not None
    assert won.number == 2


def test_a_base_that_is_as_good_stays() -> None:
    assert winner(Measured(0.8), trials(0.5, 0.8)) is None


def test_a_base_without_a_score_or_out_of_bounds_can_not_stay() -> None:
    for base in (Measured(None, "2 of 3 questions failed"), Measured(0.9, excess={"seconds": 0.1})):
        won = winner(base, trials(0.5, 0.8))
        assert won is not None
        assert won.number == 2


def test_what_is_out_of_bounds_or_failed_can_not_win() -> None:
    assert winner(Measured(0.1), [*trials(0.9, excess=0.01), *trials(None)]) is None
    assert [trial.state for trial in trials(0.9, excess=0.01)] == ["out of bounds"]
    assert [trial.state for trial in trials(0.9, None)] == ["done", "failed"]


def test_the_best_so_far_leaves_out_what_can_not_win() -> None:
    found = [*trials(None, 0.5), *trials(0.9, excess=1.0), *trials(0.4, 0.7)]
    assert best_so_far(found) == [None, 0.5, 0.5, 0.5, 0.7]
