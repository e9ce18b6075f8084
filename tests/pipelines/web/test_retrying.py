from __future__ import annotations

import pytest

from pipelines.web.failure import State, WebFailure
from pipelines.web.retrying import Backoff


class Fails:
    """Fails as often as there are failures, then works."""

    def __init__(self, *failures: WebFailure) -> None:
        self._failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self._failures:
            raise self._failures.pop(0)
        return "worked"


def limited(retry_after: float | None = None) -> WebFailure:
    return WebFailure("rate limited", "HTTP 429", retry_after)


def test_what_may_pass_is_tried_again_with_growing_random_pauses() -> None:
    slept: list[float] = []
    pauses = []
    for _ in range(20):
        work = Fails(limited(), limited())
        assert Backoff(3, slept.append).call(work) == "worked"
        assert work.calls == 3
        pauses.append(tuple(slept))
        slept.clear()
    assert all(1 <= first <= 2 and 2 <= second <= 3 for first, second in pauses)
    assert len(set(pauses)) > 1, "random"


def test_at_most_so_often() -> None:
    slept: list[float] = []
    work = Fails(*[limited() for _ in range(9)])
    with pytest.raises(WebFailure, match=r"rate limited \(HTTP 429\)"):
        Backoff(3, slept.append).call(work)
    assert (work.calls, len(slept)) == (3, 2)


@pytest.mark.parametrize("state", ["no network", "unreadable answer", "paused", "refused"])
def test_what_will_not_pass_is_not_tried_again(state: State) -> None:
    slept: list[float] = []
    work = Fails(WebFailure(state))
    with pytest.raises(WebFailure, match=state):
        Backoff(3, slept.append).call(work)
    assert (work.calls, slept) == (1, [])


def test_a_servers_wish_is_kept_if_it_is_short() -> None:
    slept: list[float] = []
    assert Backoff(2, slept.append).call(Fails(limited(5))) == "worked"
    assert slept == [5]
    work = Fails(limited(600))
    with pytest.raises(WebFailure):
        Backoff(2, slept.append).call(work)
    assert (work.calls, slept) == (1, [5])


def test_errors_of_the_program_are_not_swallowed() -> None:
    def wrong() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Backoff(3, lambda _: None).call(wrong)
