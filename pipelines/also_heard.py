"""What other recordings heard where a node's words were said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pipelines.document import clock

# Metadata of a node whose words another recording of its document holds, too: a list of
# OtherReading each.
ALSO_HEARD_KEY = "also_heard"


class OtherReading(NamedTuple):
    """A span of the node's document in which another recording has the same words.

    `start_char` and `end_char` (exclusive) count characters of the document, `t_start` and
    `t_end` seconds of that recording. `better`: it is thought to be the better reading.
    """

    recording: str
    start_char: int
    end_char: int
    t_start: float
    t_end: float
    better: bool


def other_readings(metadata: Mapping[str, Any]) -> list[OtherReading]:
    """What a node's metadata holds of other readings; empty for most nodes."""
    return [OtherReading(*entry) for entry in metadata.get(ALSO_HEARD_KEY, ())]


def readings_label(metadata: Mapping[str, Any]) -> str:
    """Where else a node was heard: ``lecture.md [34:12–34:40] (better)``; empty if nowhere."""
    source = str(metadata.get("source", "?"))
    return ", ".join(
        f"{source} [{clock(one.t_start)}–{clock(one.t_end)}]" + " (better)" * one.better
        for one in other_readings(metadata)
    )
