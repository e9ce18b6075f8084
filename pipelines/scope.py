"""Which nodes of a collection a search looks at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.nearest import did_you_mean

_TIME = re.compile(r"(?:(?:(\d{1,9}):)?([0-5]?\d):)?(\d{1,9})")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Patterns = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class NodeFilter(ComponentSettings):
    """Keeps the nodes that match one pattern of every key that is given; without keys, all.

    `source` and `recording` (title or id) are patterns in which * stands for anything and ? for
    one character; `speaker` is a name; upper and lower case differ. `time` is a range such as
    10:00-12:30 or 90- (minutes:seconds, hours:minutes:seconds or seconds); a node that overlaps it
    is kept, one without a time is not.
    """

    source: Patterns = Field(default=(), description="File names, with * and ?.")
    recording: Patterns = Field(
        default=(), description="Titles or ids of recordings, with * and ?."
    )
    speaker: Patterns = Field(default=(), description="Names of speakers.")
    time: str = Field(default="", description="A range of time such as 10:00-12:30.")

    @field_validator("time")
    @classmethod
    def _a_range(cls, value: str) -> str:
        if value:
            parse_time_range(value)
        return value

    def __bool__(self) -> bool:
        return bool(self.source or self.recording or self.speaker or self.time)

    def seconds(self) -> tuple[float, float] | None:
        """The range of `time` in seconds; None where it is not given."""
        return parse_time_range(self.time) if self.time else None

    def __str__(self) -> str:
        keys = (("source", self.source), ("recording", self.recording), ("speaker", self.speaker))
        parts = [f"{key}={' or '.join(values)}" for key, values in keys if values]
        return ", ".join([*parts, f"time={self.time}"] if self.time else parts)


NO_FILTER = NodeFilter()


def read_filter(conditions: Sequence[str]) -> NodeFilter:
    """Conditions as a person types them, KEY=VALUE each; see `NodeFilter` for the keys.

    Raises:
        ConfigError: One has no value, an unknown key, or is no range of time.
    """
    keys = tuple(NodeFilter.model_fields)
    found: dict[str, list[str]] = {}
    for condition in conditions:
        key, equals, value = condition.partition("=")
        if not (key.strip() and equals and value.strip()):
            raise ConfigError(
                f"where: {condition!r}: write it as KEY=VALUE, such as speaker=SPEAKER_0; KEY is "
                f"one of {', '.join(keys)}"
            )
        if key.strip() not in keys:
            hint = did_you_mean(key.strip(), keys)
            raise ConfigError(f"where: {condition}: unknown key.{hint} Known: {', '.join(keys)}")
        found.setdefault(key.strip(), []).append(value.strip())
    if times := found.pop("time", []):
        try:
            parse_time_range(times[-1])
        except ValueError as error:
            raise ConfigError(f"where: time={times[-1]}: {error}") from error
    named = {key: tuple(values) for key, values in found.items()}
    return NodeFilter(**named, time=times[-1] if times else "")


def parse_time_range(text: str) -> tuple[float, float]:
    """Start and end, in seconds, of a range such as 10:00-12:30, 1:02:03-, -90; the end may be inf.

    Raises:
        ValueError: It is not one, or it ends before it starts.
    """
    start_text, dash, end_text = text.replace("–", "-").partition("-")
    ends = [_seconds(part.strip()) if part.strip() else None for part in (start_text, end_text)]
    if not dash or ends == [None, None]:
        raise ValueError(f"{text!r} is no range of time: write it as 10:00-12:30, 90- or -5:00")
    start = ends[0] if ends[0] is not None else 0.0
    end = ends[1] if ends[1] is not None else float("inf")
    if end < start:
        raise ValueError(f"{text!r} ends before it starts")
    return start, end


def _seconds(text: str) -> float:
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no time: write it as 12:30, 1:02:03 or 90 (seconds)")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


@dataclass(frozen=True)
class Stretch:
    """text[start:end] of the document `source`."""

    source: str
    start: int
    end: int


@dataclass(frozen=True)
class Scope:
    """The nodes that a search looks at; all leaves unless something is said.

    `level` names a level of a hierarchy ("paragraph"); "" stands for the leaves, the nodes without
    children. `inside` keeps nodes that begin in one of the stretches; None keeps all.
    """

    where: NodeFilter = NO_FILTER
    level: str = ""
    inside: tuple[Stretch, ...] | None = None

    @property
    def everything(self) -> bool:
        """Whether it is the scope that leaves nothing out."""
        return not self.where and not self.level and self.inside is None
