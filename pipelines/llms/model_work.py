"""What language models did, in seconds and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.answer import Usage


@dataclass(frozen=True)
class ModelWork:
    """Seconds in forward passes, and the tokens that were asked for."""

    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)

    def __add__(self, other: ModelWork) -> ModelWork:
        return ModelWork(self.seconds + other.seconds, self.usage + other.usage)

    def __sub__(self, other: ModelWork) -> ModelWork:
        return ModelWork(self.seconds - other.seconds, self.usage - other.usage)


class WorkingModel(Protocol):
    """A model that counts its work."""

    @property
    def model_seconds(self) -> float:
        """Seconds spent in forward passes since it was loaded."""
        ...

    @property
    def usage(self) -> Usage:
        """Tokens of all prompts and of all that was written since it was loaded."""
        ...


def work_of(models: Iterable[WorkingModel]) -> ModelWork:
    """The work of all models since each was loaded."""
    return sum((ModelWork(m.model_seconds, m.usage) for m in models), ModelWork())
