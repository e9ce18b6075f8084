from __future__ import annotations

from evals.tuning.ranges import RangeSettings, label
from evals.tuning.space import (
    drawn_point,
    overrides,
    point_at,
    point_count,
    point_text,
    shuffled_points,
)

SPACE = {
    "retriever.top_k": RangeSettings(int=(1, 3)),
    "retriever.combine": RangeSettings(choice=("rrf", "min_max")),
}


def test_points_are_counted_and_the_last_key_changes_first() -> None:
    assert point_count(SPACE) == 6
    assert [tuple(point_at(SPACE, place).values()) for place in range(6)] == [
        (1, "rrf"), (1, "min_max"), (2, "rrf"), (2, "min_max"), (3, "rrf"), (3, "min_max"),
    ]  # fmt: skip
    assert point_count({**SPACE, "x": RangeSettings(float=(0.0, 1.0))}) == 0


def test_a_shuffled_grid_has_every_point_once_in_the_seeds_order() -> None:
    points = [label(point) for point in shuffled_points(SPACE, 3)]
    assert sorted(points) == sorted(label(point_at(SPACE, place)) for place in range(6))
    assert points == [label(point) for point in shuffled_points(SPACE, 3)]
    assert any(
        points != [label(point) for point in shuffled_points(SPACE, seed)] for seed in range(4)
    )


def test_a_drawn_point_is_one_that_was_not_tried() -> None:
    left = point_at(SPACE, 4)
    tried = {label(point_at(SPACE, place)) for place in range(6) if place != 4}
    assert all(drawn_point(SPACE, seed, tried) == left for seed in range(5))


def test_what_lies_around_a_key_is_set_before_it() -> None:
    """Else `retriever` would wipe out what was set inside of it, and `kind` what it brings."""
    point = {
        "retriever.children.0.top_k": 5,
        "retriever.top_k": 9,
        "retriever.kind": "fusion",
        "retriever": {"kind": "bm25"},
    }
    assert overrides(point) == [
        'retriever={"kind": "bm25"}',
        'retriever.kind="fusion"',
        "retriever.top_k=9",
        "retriever.children.0.top_k=5",
    ]


def test_a_point_is_shown_without_needless_quotes() -> None:
    point = {"a": "rrf", "b": [1, "字"], "c": None}
    assert point_text(point) == 'a=rrf, b=[1, "字"], c=null'
