"""A search over settings: what is tried, on which questions, and when to stop. One YAML file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evals.dataset_settings import DatasetSettings
from evals.metrics.settings import MetricSettings
from evals.suite import Cluster
from evals.tuning.ranges import RangeSettings, size
from evals.tuning.space import MOST_POINTS, point_count
from pipelines.component import ComponentSettings
from pipelines.config_files import read_tree, shown
from pipelines.config_loading import load
from pipelines.config_tree import FromEnvironment
from pipelines.errors import ConfigError

Sampler = Literal["tpe", "random", "grid"]


class BudgetSettings(ComponentSettings):
    """When a search ends: after so many trials, or when they took so many minutes.

    Both count what earlier runs of the same search did. A trial that has begun is finished.
    """

    trials: int | None = Field(default=None, ge=1)
    minutes: float | None = Field(default=None, gt=0)


class BoundSettings(ComponentSettings):
    """What a trial's mean on another measure must keep, or it can't win."""

    metric: MetricSettings
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> BoundSettings:
        if self.at_most is None and self.at_least is None:
            raise ValueError("a bound needs at_most or at_least")
        return self

    def excess(self, mean: float) -> float:
        """By how much a mean is out of bounds; 0 or less where it keeps them."""
        over = [] if self.at_most is None else [mean - self.at_most]
        under = [] if self.at_least is None else [self.at_least - mean]
        return max(over + under)


class TuningSettings(BaseModel):
    """A search for the settings with the best mean of `metric`.

    Trials see the `tune` part of the datasets alone; the winner and the base are compared on the
    `test` part. `space` maps keys of a config, as --set takes them, to the values that are tried.
    `tpe` learns from earlier trials, `random` draws, `grid` tries every combination.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    name: str = Field(min_length=1, max_length=48, pattern=r"^[A-Za-z0-9._-]+$")
    description: str = ""
    base: Path | None = Field(None, description="The config to better; the shipped default.")
    datasets: tuple[DatasetSettings, ...] = Field(min_length=1)
    cluster: Cluster = "group"
    answers: bool = True
    metric: MetricSettings
    bounds: tuple[BoundSettings, ...] = ()
    space: dict[str, RangeSettings] = Field(min_length=1)
    sampler: Sampler = "tpe"
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    seed: int = Field(0, ge=0, description="Of what is tried, and of intervals and permutations.")

    @property
    def metrics(self) -> tuple[MetricSettings, ...]:
        """What is measured of a trial, the aim first."""
        return (self.metric, *(bound.metric for bound in self.bounds))

    @field_validator("datasets")
    @classmethod
    def _have_no_part(cls, datasets: tuple[DatasetSettings, ...]) -> tuple[DatasetSettings, ...]:
        for place, dataset in enumerate(datasets):
            if "part" in dataset.model_fields_set:
                raise ValueError(
                    f"{place}.part: must not be given: trials see the tune part and the report "
                    "the test part; `split` says which is which"
                )
        return datasets

    @model_validator(mode="after")
    def _can_be_searched(self) -> TuningSettings:
        names = [metric.name for metric in self.metrics]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"bounds: {min(twice)} is measured already: one bound a measure")
        if self.metric.lower_is_better:
            raise ValueError(
                f"metric: less of {self.metric.name} is better, and a search wants more: put it "
                "under bounds with at_most"
            )
        for metric in self.metrics:
            if metric.needs_answers and not self.answers:
                raise ValueError(f"metric: {metric.name} needs answers: set answers to true")
        if self.sampler == "grid":
            self._check_grid()
        elif self.budget.trials is None and self.budget.minutes is None:
            raise ValueError("budget: needs trials or minutes (or --trials, --minutes)")
        return self

    def _check_grid(self) -> None:
        points = point_count(self.space)
        if not points:
            free = [key for key, values in self.space.items() if not size(values)]
            raise ValueError(f"sampler: a grid needs a step, or a choice, for {', '.join(free)}")
        if points > MOST_POINTS:
            raise ValueError(
                f"sampler: the grid has {points:,} points: at most {MOST_POINTS:,}, or use tpe"
            )


def load_tuning(
    path: Path, overrides: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> TuningSettings:
    """Read a tuning file.

    The choices of its space stand as written: `${NAME}` is filled in where one is laid over a
    config, so that what comes from the environment is in no record.

    Raises:
        ConfigError: It is wrong; a line a problem, with file, key path and what is allowed.
    """
    env = os.environ if env is None else env
    if "arms" in read_tree(path, overrides, env).values:
        raise ConfigError(f"{shown(path)}: has arms, as a suite: run eval run")
    loaded = load(TuningSettings, path, overrides, env)
    space = {
        key: values
        if values.choice is None
        else values.model_copy(
            update={"choice": tuple(map(as_written, loaded.tree.at(("space", key, "choice"))))}
        )
        for key, values in loaded.settings.space.items()
    }
    return loaded.settings.model_copy(update={"space": space})


def as_written(value: Any) -> Any:
    """A value as a config file has it, so that reading it again gives it back."""
    if isinstance(value, dict):
        return {key: as_written(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_written(child) for child in value]
    if isinstance(value, FromEnvironment):
        return value.written
    return value.replace("${", "$${") if isinstance(value, str) else value
