"""Why the web gave nothing, in terms that decide what is done next."""

from __future__ import annotations

from typing import Literal

State = Literal[
    "no network",
    "rate limited",
    "timed out",
    "server error",
    "unreadable answer",
    "paused",
    "refused",
]
# What may be otherwise in a second. A network that is not there is not, and who waits for a name
# look-up has waited long enough.
_PASSING: frozenset[State] = frozenset(("rate limited", "timed out", "server error"))


class WebFailure(Exception):  # noqa: N818 - a state that is reported, not an error of the program
    """A search or a page failed; the message is one short line that begins with the state.

    `retry_after` are the seconds that the server asked to wait, None if it did not.
    """

    def __init__(self, state: State, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{state} ({detail})" if detail else state)
        self.state: State = state
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether it is worth trying once more."""
        return self.state in _PASSING
