"""A suite: which datasets, which arms, which measures. One YAML file, read like a config."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evals.dataset_settings import DatasetSettings
from evals.judges.settings import JudgeModelSettings, JudgeSettings
from evals.metrics.settings import MetricSettings
from pipelines.component import ComponentSettings
from pipelines.config_files import read_tree, shown
from pipelines.config_loading import load
from pipelines.errors import ConfigError

Control = Literal["closed_book", "oracle", "shuffled"]
Cluster = Literal["none", "group", "document"]


class ArmSettings(ComponentSettings):
    """One way of answering: a config file, or the suite's `base`; `set` overrides as --set does.

    A `control` shows what retrieval is worth: `closed_book` answers without documents, `oracle`
    from the gold evidence, `shuffled` from what was retrieved for another question. `version` names
    one of the datasets' versions of the documents, `against` the arm that this one is compared
    with, where that is not what the suite's `compare` says.
    """

    name: str = Field(min_length=1, max_length=60)
    config: Path | None = None
    set: tuple[str, ...] = ()
    control: Control | None = None
    version: str = ""
    against: str = ""


class GateSettings(ComponentSettings):
    """What must hold, or `eval run` ends with exit code 3.

    `at_least` and `at_most` bound an arm's mean; `not_worse_than` names an arm that this one must
    not be found to hurt against.
    """

    metric: str
    arm: str
    dataset: str = Field("", description="One dataset's name; all when empty.")
    at_least: float | None = None
    at_most: float | None = None
    not_worse_than: str | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> GateSettings:
        if self.at_least is None and self.at_most is None and self.not_worse_than is None:
            raise ValueError("a gate needs at_least, at_most or not_worse_than")
        return self


class SuiteSettings(BaseModel):
    """Datasets, arms and measures, and what is compared with what.

    Every arm is compared on the same questions with the first one, or with the one `previous` to
    it. `cluster` says which questions depend on each other and are resampled together: those of one
    `group` of the dataset, those whose evidence stands in one `document`, or none; with few groups
    little can be decided, and that is so. With `answers: false` only retrieval and postprocessing
    run, which needs no language model unless a postprocessor does. With `repeats` each question is
    answered several times; a measure of one answer is then the mean over them, so that n is still
    the number of questions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")
    description: str = ""
    base: Path | None = Field(None, description="Of arms without a config; the shipped default.")
    datasets: tuple[DatasetSettings, ...] = Field(min_length=1)
    arms: tuple[ArmSettings, ...] = Field(min_length=1)
    compare: Literal["first", "previous"] = "first"
    cluster: Cluster = "group"
    answers: bool = True
    repeats: int = Field(
        1, ge=1, le=100, description="Answers to each question, by a model that samples."
    )
    metrics: tuple[MetricSettings, ...] = Field(min_length=1)
    judges: tuple[JudgeSettings, ...] = ()
    judge_model: JudgeModelSettings | None = Field(
        None, description="Who judges; the first arm's language model when null."
    )
    gates: tuple[GateSettings, ...] = ()
    seed: int = Field(0, description="Of intervals, permutations and shuffled contexts.")

    @field_validator("arms")
    @classmethod
    def _names_differ(cls, arms: tuple[ArmSettings, ...]) -> tuple[ArmSettings, ...]:
        names = [arm.name for arm in arms]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two arms are named {min(twice)!r}: each needs a name of its own")
        for arm in arms:
            if arm.against and (arm.against == arm.name or arm.against not in names):
                others = ", ".join(repr(name) for name in names if name != arm.name)
                raise ValueError(f"{arm.name!r}: against: no other arm {arm.against!r}: {others}")
        return arms

    def against(self, names: Sequence[str]) -> dict[str, str]:
        """What each of some arms is compared with; nothing for the first, unless it says so.

        An arm whose partner is not among them is compared with the first.
        """
        named = {arm.name: arm.against for arm in self.arms if arm.against in names}
        usual = {
            arm: names[0] if self.compare == "first" else before for before, arm in pairwise(names)
        }
        return {arm: against for arm in names if (against := named.get(arm) or usual.get(arm))}

    @model_validator(mode="after")
    def _measures_and_gates_are_there(self) -> SuiteSettings:
        names = [measure.name for measure in (*self.metrics, *self.judges)]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"metrics: {min(twice)} stands there twice")
        if not self.answers and self.repeats > 1:
            raise ValueError("repeats: what is found is always the same: set answers to true")
        for metric in self.metrics:
            if metric.needs_repeats > self.repeats:
                raise ValueError(
                    f"metrics: {metric.name} needs {metric.needs_repeats} answers to a question: "
                    f"set repeats to at least {metric.needs_repeats}"
                )
        if not self.answers and self.judges:
            raise ValueError("judges: need answers: set answers to true")
        if not self.answers:
            for metric in self.metrics:
                if metric.needs_answers:
                    raise ValueError(f"metrics: {metric.name} needs answers: set answers to true")
        arms = [arm.name for arm in self.arms]
        for gate in self.gates:
            if gate.metric not in names:
                raise ValueError(f"gates: no metric {gate.metric!r}: one of {', '.join(names)}")
            for arm in (gate.arm, gate.not_worse_than):
                if arm is not None and arm not in arms:
                    raise ValueError(f"gates: no arm {arm!r}: one of {', '.join(arms)}")
        return self


def load_suite(
    path: Path, overrides: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> SuiteSettings:
    """Read a suite file.

    Raises:
        ConfigError: It is wrong; a line a problem, with file, key path and what is allowed.
    """
    env = os.environ if env is None else env
    if "space" in read_tree(path, overrides, env).values:
        raise ConfigError(f"{shown(path)}: has a space to be searched, as no suite: run eval tune")
    return load(SuiteSettings, path, overrides, env).settings
