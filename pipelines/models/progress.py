"""What a long operation on a model reports while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["waiting", "hub", "mirror", "verifying", "converting"]


@dataclass(frozen=True)
class Progress:
    """A moment of a download or a conversion.

    `done` and `total` count `unit`; `done` falls back when a bad piece is thrown away. `detail`
    is one line for a person: the part that is loading, or why a source was given up.
    """

    model: str
    stage: Stage
    done: int
    total: int
    unit: Literal["bytes", "tensors"] = "bytes"
    detail: str = ""


OnProgress = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Report to nobody."""
