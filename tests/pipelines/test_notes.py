from __future__ import annotations

import logging

import pytest

from pipelines.notes import note, noted


def test_notes_are_taken_in_order_and_once() -> None:
    with noted() as notes:
        note("a")
        note("b")
        note("a")
    assert notes == ["a", "b"]


def test_an_inner_block_keeps_its_own() -> None:
    with noted() as outer:
        with noted() as inner:
            note("in")
        note("out")
    assert (outer, inner) == (["out"], ["in"])


def test_where_nobody_takes_notes_they_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        note("web search: no network")
    assert caplog.messages == ["web search: no network"]
