"""Stretches of documents with the labels of their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.document import Section, make_document
from tools.mcp_server.arguments import LONGEST_SPAN
from tools.mcp_server.records import SpanRecord
from tools.mcp_server.spans import span_record
from tools.server.failures import ApiError

TEXT = "題\n" + "あ" * 10 + "\n" + "い" * 20 + "\n終"
TURN, REPLY = (2, 12), (13, 33)
DOCUMENT = make_document(
    TEXT,
    "lecture.md",
    [
        Section(*TURN, {"speaker": "A", "t_start": 60.0, "t_end": 70.0}),
        Section(*REPLY, {"speaker": "B", "t_start": 70.0, "t_end": 90.0}),
    ],
)


def test_parts_have_their_speaker_and_time() -> None:
    record = span_record(DOCUMENT, "default", 0, len(TEXT), 0)
    assert SpanRecord.model_validate(record)
    assert [(part["label"], part["text"]) for part in record["passages"]] == [
        ("lecture.md", "題\n"),
        ("lecture.md [01:00–01:10] A", "あ" * 10),
        ("lecture.md [01:10–01:30] B", "い" * 20),
        ("lecture.md", "\n終"),
    ]


def test_the_time_of_half_a_turn_is_that_half() -> None:
    # Characters 18 to 28 of 13..33 are its second and third quarter: 75 to 85 of 70..90 seconds.
    (part,) = span_record(DOCUMENT, "default", 18, 28, 0)["passages"]
    assert part["label"] == "lecture.md [01:15–01:25] B"


def test_surroundings_end_where_the_document_does() -> None:
    record = span_record(DOCUMENT, "default", 14, 15, 5_000)
    assert (record["start_char"], record["end_char"], record["text"]) == (0, len(TEXT), TEXT)
    assert record["chars"] == len(TEXT) == 35


@given(start=st.integers(0, 34), length=st.integers(1, 60), around=st.integers(0, 40))
def test_every_letter_is_in_one_part(start: int, length: int, around: int) -> None:
    record = span_record(DOCUMENT, "default", start, start + length, around)
    first, last = record["start_char"], record["end_char"]
    assert first == max(0, start - around)
    assert last == min(35, start + length + around)
    assert record["text"] == TEXT[first:last]
    at = first
    for part in record["passages"]:
        assert not TEXT[at : part["start_char"]].strip()
        assert part["text"] == TEXT[part["start_char"] : part["end_char"]]
        at = part["end_char"]
    assert not TEXT[at:last].strip()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (35, 36, "start_char: 35: the document has 35 characters"),
        (5, 4, "end_char: 4: must be greater than start_char"),
        (0, LONGEST_SPAN + 1, "end_char: 20,001 characters at once: at most 20,000"),
    ],
)
def test_what_cannot_be_read_is_said(start: int, end: int, said: str) -> None:
    with pytest.raises(ApiError, match=said):
        span_record(DOCUMENT, "default", start, end, 0)
