from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evals.tuning.ranges import (
    RangeSettings,
    distribution,
    ends,
    label,
    parameter_of,
    size,
    value_at,
    value_of,
)


def read(**values: Any) -> RangeSettings:
    return RangeSettings.model_validate(values)


@pytest.mark.parametrize(
    ("values", "all_of_them"),
    [
        ({"int": [5, 20], "step": 5}, [5, 10, 15, 20]),
        ({"int": [1, 3]}, [1, 2, 3]),
        ({"int": [1, 3], "log": True}, [1, 2, 3]),
        ({"float": [0.1, 0.4], "step": 0.1}, [0.1, 0.2, 0.3, 0.4]),
        ({"choice": ["rrf", {"kind": "bm25"}, None]}, ["rrf", {"kind": "bm25"}, None]),
    ],
)
def test_a_range_that_can_be_counted_is(values: dict[str, Any], all_of_them: list[Any]) -> None:
    read_values = read(**values)
    assert size(read_values) == len(all_of_them)
    assert [value_at(read_values, place) for place in range(size(read_values))] == all_of_them


def test_numbers_without_a_step_can_not_be_counted() -> None:
    assert size(read(float=[0.1, 2.0])) == 0
    assert size(read(float=[0.1, 2.0], log=True)) == 0


def test_ends_are_low_and_high_or_every_choice() -> None:
    assert ends(read(int=[5, 20], step=5)) == (5, 20)
    assert ends(read(float=[0.5, 2])) == (0.5, 2.0)
    assert ends(read(choice=["a", "b", "c"])) == ("a", "b", "c")


@pytest.mark.parametrize(
    "values",
    [
        {"int": [5, 20], "step": 5},
        {"float": [0.1, 0.4], "step": 0.1},
        {"choice": [1, True, "1", "true", 1.0, None, [1, {"b": 2, "a": "字"}]]},
    ],
)
def test_optuna_gives_every_value_back(values: dict[str, Any]) -> None:
    """Through its internal form, which storage keeps, as well: a number for each value."""
    read_values = read(**values)
    asked = distribution(read_values)
    for place in range(size(read_values)):
        value = value_at(read_values, place)
        stored = asked.to_internal_repr(parameter_of(read_values, value))
        again = value_of(read_values, asked.to_external_repr(stored))
        assert label(again) == label(value)
        assert type(again) is type(value)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "needs one of int"),
        ({"int": [1, 2], "choice": ["a", "b"]}, "needs one of int"),
        ({"int": [5, 5]}, "the first must be below the second"),
        ({"float": [2, 0.1]}, "the first must be below the second"),
        ({"float": [0, float("inf")]}, "the first must be below the second"),
        ({"int": [5, 42], "step": 5}, "42 is not reached from 5 in steps of 5: .* be 40"),
        ({"float": [0, 1], "step": 0.3}, "1.0 is not reached .* be 0.9"),
        ({"int": [1, 4], "step": 1.5}, "must be a whole number"),
        ({"float": [0, 1], "log": True}, "log: needs a range above 0"),
        ({"int": [1, 9], "log": True, "step": 2}, "log: .* and no step"),
        ({"choice": ["a"]}, "at least 2"),
        ({"choice": ["a", "b", "a"]}, '"a" stands there twice'),
        ({"choice": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, "stands there twice"),
        ({"choice": ["a", "b"], "log": True}, "no step and no log"),
        ({"int": [1.5, 3]}, "int"),
    ],
)
def test_what_is_no_range_is_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        read(**values)
