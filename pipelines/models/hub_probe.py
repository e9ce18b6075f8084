"""Asking the Hugging Face hub for a file, with an answer or a reason in seconds."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any

from pipelines.models.source_error import SourceError


@dataclass(frozen=True)
class HubLimits:
    """Seconds and rates past which the hub is given up, so that a pull never hangs.

    `answer_seconds` bounds the first question whatever blocks it, a name look-up included;
    `slowest_bytes_per_second` is averaged over `window_seconds`.
    """

    connect_seconds: float = 5.0
    answer_seconds: float = 10.0
    stall_seconds: float = 10.0
    attempts: int = 3
    window_seconds: float = 30.0
    slowest_bytes_per_second: int = 16_384


HUB_LIMITS = HubLimits()


def file_url(repository: str, path: str, revision: str | None) -> str:
    """Where the hub, or the one that HF_ENDPOINT names, keeps a file."""
    from huggingface_hub import hf_hub_url

    return hf_hub_url(repository, path, revision=revision, endpoint=_endpoint())


def ask(url: str, limits: HubLimits = HUB_LIMITS) -> Any:
    """The hub's metadata of a file (`size`, `etag`), asked for once.

    The library itself asks six times with pauses between, half a minute without a network.

    Raises:
        SourceError: The hub is switched off, not reached, or refuses.
    """
    from httpx2 import HTTPError, InvalidURL
    from huggingface_hub import constants, get_hf_file_metadata

    offline = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    if constants.HF_HUB_OFFLINE or any(
        os.environ.get(name, "").upper() in constants.ENV_VARS_TRUE_VALUES for name in offline
    ):
        raise SourceError("switched off by HF_HUB_OFFLINE")
    answers: list[Any] = []

    def wait() -> None:
        try:
            answers.append(
                get_hf_file_metadata(url, timeout=limits.connect_seconds, endpoint=_endpoint())
            )
        except (HTTPError, InvalidURL, OSError) as error:
            answers.append(error)

    # A name look-up has no time-out of its own, so it blocks a thread that nobody waits for.
    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    thread.join(limits.answer_seconds)
    if not answers:
        raise SourceError(f"no answer within {limits.answer_seconds:.0f} s")
    if isinstance(answers[0], Exception):
        raise SourceError(reason(answers[0])) from answers[0]
    return answers[0]


def reason(error: Exception) -> str:
    """One short line: the kind of failure, without the library's advice and links."""
    from httpx2 import TimeoutException

    if isinstance(error, TimeoutException):
        return "not reached (timed out)"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"answered {status}"
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"not reached ({first[:120]})"


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None
