"""Which questions may be tuned on, and which are kept for the report."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from pydantic import Field

from evals.sample import Sample
from pipelines.component import ComponentSettings

Part = Literal["all", "tune", "test"]


class SplitSettings(ComponentSettings):
    """How questions are divided into `tune` and `test`, the same way on every machine.

    `hash`: by a hash of the seed and the question's group, or its id where it has none, so that
    questions that depend on each other stay together; `tune` is the expected share of the first.
    `odd_even`: ids that end in an odd number are `tune`.
    """

    by: Literal["hash", "odd_even"] = "hash"
    tune: float = Field(default=0.5, gt=0, lt=1)
    seed: int = 0


def part_of(sample: Sample, split: SplitSettings) -> Literal["tune", "test"]:
    """The side of a question."""
    if split.by == "odd_even":
        number = re.search(r"(\d)\D*$", sample.id)
        return "tune" if number and int(number[1]) % 2 else "test"
    digest = hashlib.sha256(f"{split.seed} {sample.group or sample.id}".encode()).digest()
    return "tune" if int.from_bytes(digest[:8], "big") / 2**64 < split.tune else "test"
