from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.llms.served.event_stream import NotAnEventError, events
from pipelines.llms.served.failures import retry_after
from pipelines.llms.served.text_stream import TextStream

OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=8), max_size=3))


@given(OBJECTS, st.integers(1, 7), st.sampled_from([b"\n", b"\r\n"]))
def test_events_come_whole_however_the_stream_is_cut(
    objects: list[dict[str, Any]], size: int, end: bytes
) -> None:
    lines = [f"data: {json.dumps(o, ensure_ascii=False)}".encode() + end + end for o in objects]
    raw = b": ping" + end + end + b"".join(lines) + b"data: [DONE]" + end + end
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert list(events(pieces)) == objects
    assert list(events([b"".join(lines)])) == objects, "not every server says [DONE]"


def test_what_is_no_event_is_said() -> None:
    assert list(events([b'error: {"message": "x"}\n\n'])) == [{"error": {"message": "x"}}]
    for raw in (b"<html>\n", b"data: [1]\n\n", b"data: {\n\n"):
        with pytest.raises(NotAnEventError):
            list(events([raw]))
    with pytest.raises(NotAnEventError, match="more than 16,777,216 bytes"):
        list(events(b"data: " + b"x" * 2**20 for _ in range(20)))


def test_a_server_says_when_to_come_back_in_seconds_or_by_a_date() -> None:
    assert retry_after({"retry-after": "1.5"}) == 1.5
    date = {"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}
    assert retry_after(date, now=60.0) == 40.0
    assert retry_after(date, now=200.0) == 0.0
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


def test_text_is_held_back_while_it_may_become_a_stop() -> None:
    stream = TextStream(["END"])
    assert [stream.push(piece) for piece in ("a", "E", "N", "x", "EN", "D b")] == [
        "a", "", "", "ENx", "", "",
    ]  # fmt: skip
    assert (stream.stopped, stream.text, stream.finish()) == (True, "aENx", "")
