"""Once more after a failure that may pass, with growing, random pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipelines.web.failure import WebFailure

Result = TypeVar("Result")
# Somebody waits for the answer. A server that wants more time is asked another day.
LONGEST_PAUSE_SECONDS = 8.0


@dataclass(frozen=True)
class Backoff:
    """At most `attempts`; the pause before the n-th retry is 2^(n-1) seconds and up to one more.

    A server's own wish (Retry-After) lengthens it. A wish longer than 8 seconds ends the trying.
    """

    attempts: int = 3
    sleep: Callable[[float], None] = time.sleep

    def call(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, or its last failure.

        Raises:
            WebFailure: It failed for good, or as often as it may.
        """
        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=_pause,
            retry=retry_if_exception(_is_worth_it),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(work)


def _is_worth_it(error: BaseException) -> bool:
    if not isinstance(error, WebFailure) or not error.passing:
        return False
    return (error.retry_after or 0.0) <= LONGEST_PAUSE_SECONDS


_GROWING = wait_exponential_jitter(initial=1.0, max=LONGEST_PAUSE_SECONDS, jitter=1.0)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    wished = error.retry_after if isinstance(error, WebFailure) else None
    return max(_GROWING(state), wished or 0.0)
