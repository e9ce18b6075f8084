from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.web.breaker import Breaker
from pipelines.web.failure import WebFailure

SLOW, LIMITED = WebFailure("timed out", "8 s"), WebFailure("rate limited", "HTTP 202")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def is_open(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except WebFailure as failure:
        return failure.state == "paused"
    return False


def test_three_failures_in_a_row_open_it_for_a_minute() -> None:
    clock = Clock()
    breaker = Breaker(None, clock)
    for _ in range(2):
        breaker.failed(SLOW)
        assert not is_open(breaker)
    breaker.failed(SLOW)
    with pytest.raises(WebFailure, match=r"paused \(for 60 s more after: timed out \(8 s\)\)"):
        breaker.check()
    clock.now += 59.5
    assert is_open(breaker)
    clock.now += 1
    assert not is_open(breaker)


def test_a_success_between_closes_it() -> None:
    breaker = Breaker(None, Clock())
    for _ in range(5):
        breaker.failed(SLOW)
        breaker.failed(SLOW)
        breaker.worked()
        assert not is_open(breaker)


def test_a_limited_rate_opens_it_at_once_and_longer_each_time() -> None:
    clock = Clock()
    breaker = Breaker(None, clock)
    for pause in (60, 120, 240, 480, 960, 1800, 1800):
        breaker.failed(LIMITED)
        clock.now += pause - 1
        assert is_open(breaker), pause
        clock.now += 2
        assert not is_open(breaker), pause
    breaker.worked()
    breaker.failed(LIMITED)
    clock.now += 61
    assert not is_open(breaker), "the first pause again"


def test_it_waits_as_long_as_the_server_asks_but_not_for_ever() -> None:
    clock = Clock()
    breaker = Breaker(None, clock)
    breaker.failed(WebFailure("rate limited", "HTTP 429", 300))
    clock.now += 299
    assert is_open(breaker)
    breaker = Breaker(None, clock)
    breaker.failed(WebFailure("rate limited", "HTTP 429", 1e9))
    clock.now += 1801
    assert not is_open(breaker)


def test_without_a_network_nobody_is_left_alone() -> None:
    breaker = Breaker(None, Clock())
    for _ in range(9):
        breaker.failed(WebFailure("no network"))
    assert not is_open(breaker)


def test_another_process_knows(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "web" / "paused.json"
    Breaker(path, clock).failed(LIMITED)
    assert is_open(Breaker(path, clock))
    Breaker(path, clock).worked()
    assert not is_open(Breaker(path, clock))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"until": "x"}', '{"until": 1e999}', '{"failures": null}', "\x00"]
)
def test_a_damaged_file_is_a_closed_circuit(tmp_path: Path, text: str) -> None:
    path = tmp_path / "paused.json"
    path.write_text(text)
    breaker = Breaker(path, Clock())
    assert not is_open(breaker)
    breaker.failed(LIMITED)
    assert is_open(breaker)


def test_a_clock_that_was_set_back_does_not_pause_for_years(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "paused.json"
    Breaker(path, clock).failed(LIMITED)
    clock.now -= 100_000
    assert not is_open(Breaker(path, clock))


def test_where_nothing_can_be_written_the_process_remembers(tmp_path: Path) -> None:
    (tmp_path / "web").write_text("a file")
    breaker = Breaker(tmp_path / "web" / "paused.json", Clock())
    breaker.failed(LIMITED)
    assert is_open(breaker)
