"""The values that a search may give to one key: whole numbers, numbers, or a choice."""

from __future__ import annotations

import json
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import Field, model_validator

from pipelines.component import ComponentSettings

# Fields of the class below are named `int` and `float`, so that it can't use these words as types.
Whole = int
Number = float
# A step is met if it misses by no more than this share of itself: 0.1 has no exact binary form.
_SLACK = 1e-9


class RangeSettings(ComponentSettings):
    """What a key may be: `int` or `float` from low to high, both included, or one `choice`.

    Numbers go up by `step` from low; without one, whole numbers by 1 and others freely. With `log`,
    small values are tried as often as large ones. A choice may be anything that a config holds,
    also a whole mapping such as a retriever.
    """

    int: tuple[Whole, Whole] | None = None
    float: tuple[Number, Number] | None = None
    choice: tuple[Any, ...] | None = Field(None, min_length=2)
    step: Number | None = Field(None, gt=0)
    log: bool = False

    @model_validator(mode="after")
    def _is_one_range(self) -> RangeSettings:
        if sum(one is not None for one in (self.int, self.float, self.choice)) != 1:
            raise ValueError("needs one of int: [low, high], float: [low, high], choice: [a, b]")
        if self.choice is not None:
            _check_choice(self)
            return self
        low, high = _ends(self)
        if not -Number("inf") < low < high < Number("inf"):
            raise ValueError(f"[{low}, {high}]: the first must be below the second")
        if self.log and (low <= 0 or self.step is not None):
            raise ValueError("log: needs a range above 0, and no step")
        if self.int is not None and self.step is not None and self.step % 1:
            raise ValueError("step: must be a whole number, as the range is")
        if self.step is not None and not _is_met(low, high, self.step):
            reached = value_at(self, size(self, open_end=True) - 1)
            raise ValueError(
                f"step: {high} is not reached from {low} in steps of {self.step:g}: the last "
                f"value would be {reached}"
            )
        return self


def label(value: Any) -> str:
    """A value as JSON in one form, which tells 1, true and "1" apart, as storage needs it.

    Raises:
        ValueError: It is infinite.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def distribution(values: RangeSettings) -> BaseDistribution:
    """The range in Optuna's words; a choice among labels, since its storage holds no mappings."""
    if values.choice is not None:
        return CategoricalDistribution([label(choice) for choice in values.choice])
    low, high = _ends(values)
    if values.int is not None:
        return IntDistribution(Whole(low), Whole(high), values.log, Whole(values.step or 1))
    return FloatDistribution(low, high, values.log, values.step)


def value_of(values: RangeSettings, parameter: Any) -> Any:
    """The config value that one of Optuna's parameters stands for."""
    if values.choice is not None:
        return json.loads(parameter)
    return Whole(parameter) if values.int is not None else _rounded(parameter)


def parameter_of(values: RangeSettings, value: Any) -> Any:
    """What stands for a value in Optuna: the inverse of `value_of`."""
    return label(value) if values.choice is not None else value


def size(values: RangeSettings, *, open_end: bool = False) -> Whole:
    """How many values there are; 0 if they can't be counted.

    Args:
        values: The range.
        open_end: The last step need not end at the high end.
    """
    if values.choice is not None:
        return len(values.choice)
    low, high = _ends(values)
    step = values.step or (1 if values.int is not None else None)
    if step is None:
        return 0
    steps = (high - low) / step
    return Whole(steps + _SLACK if open_end else round(steps)) + 1


def value_at(values: RangeSettings, place: Whole) -> Any:
    """The value at a place from 0 on, of a range that can be counted."""
    if values.choice is not None:
        return values.choice[place]
    low, _ = _ends(values)
    value = low + place * (values.step or 1)
    return Whole(value) if values.int is not None else _rounded(value)


def ends(values: RangeSettings) -> tuple[Any, ...]:
    """The values between which the others lie: low and high, or every choice."""
    if values.choice is not None:
        return values.choice
    low, high = _ends(values)
    return (Whole(low), Whole(high)) if values.int is not None else (low, high)


def _ends(values: RangeSettings) -> tuple[Number, Number]:
    given = values.int if values.int is not None else values.float
    if given is None:
        raise TypeError("a choice has no ends")
    return given


def _is_met(low: Number, high: Number, step: Number) -> bool:
    steps = (high - low) / step
    return abs(steps - round(steps)) < _SLACK


def _check_choice(values: RangeSettings) -> None:
    if values.step is not None or values.log:
        raise ValueError("a choice has no step and no log")
    labels = [label(choice) for choice in values.choice or ()]
    if twice := {one for one in labels if labels.count(one) > 1}:
        raise ValueError(f"choice: {min(twice)} stands there twice")


def _rounded(value: Number) -> Number:
    """Without the noise of 0.1 + 0.2; twelve digits are kept."""
    return Number(f"{value:.12g}")
