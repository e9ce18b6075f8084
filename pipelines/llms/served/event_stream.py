"""Server-sent events as model servers stream them: JSON objects, one an event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

DONE = "[DONE]"
# An event holds a piece of text, at most with its log-probabilities.
MOST_EVENT_BYTES = 16 << 20


class NotAnEventError(ValueError):
    """The stream holds something else than events of JSON objects."""


def events(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The objects of a stream, up to its end or ``[DONE]``.

    Comments and fields other than `data` are passed over; llama.cpp names a failure `error`
    instead, which comes as ``{"error": …}``.

    Raises:
        NotAnEventError: What is streamed are no such events, or one is larger than 16 MiB.
    """
    data: list[str] = []
    for line in _lines(pieces):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "error":
            yield {"error": _object(value)}
        elif line and not value and field not in ("", "event", "id", "retry"):
            raise NotAnEventError(f"it streams no events, but {line[:60]!r}")
        elif not line and data:
            text, data = "\n".join(data), []
            if text == DONE:
                return
            yield _object(text)
    if data and (text := "\n".join(data)) != DONE:  # The last event lacks its empty line.
        yield _object(text)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines without their ends, whole however the stream was cut."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if len(rest) > MOST_EVENT_BYTES:
            raise NotAnEventError(f"an event of more than {MOST_EVENT_BYTES:,} bytes")
    if rest:
        yield rest.removesuffix(b"\r").decode("utf-8", "replace")


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAnEventError(f"an event holds no JSON, but {text[:60]!r}") from error
    if not isinstance(value, dict):
        raise NotAnEventError(f"an event holds no JSON object, but {text[:60]!r}")
    return value
