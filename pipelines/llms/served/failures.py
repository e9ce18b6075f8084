"""What a model server's refusals mean, and what to do about each."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from pipelines.errors import QuestionError, YomitokiError

_BUSY = (429, 500, 502, 503, 504, 529)
# OpenAI answers an empty account with 429, too; waiting does not fill it.
_FOR_GOOD = ("insufficient_quota", "billing_hard_limit_reached")
_TOO_LONG = ("exceed_context_size_error", "context_length_exceeded")
_TOO_LONG_WORDS = ("maximum context length", "context size", "context window", "context length")
_MOST_SHOWN = 240


class ServerError(YomitokiError):
    """A model server did not do what it was asked.

    Attributes:
        status: Of the HTTP response; None without one.
        passing: Whether the same request may succeed a little later.
        retry_after: Seconds that the server wants to be left alone.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        passing: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.passing = passing
        self.retry_after = retry_after


@dataclass(frozen=True)
class Refusal:
    """A response that is no success."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def error(self, where: str, key_name: str | None) -> YomitokiError:
        """The error to raise.

        Args:
            where: The server, as messages begin.
            key_name: The environment variable that the key came from, if there is one.
        """
        kind, said = _said(self.body)
        told = f" ({said})" if said else ""
        if self.status in (401, 403):
            key = (
                f"{key_name} holds another key than it wants"
                if key_name
                else "set llm.api_key_env to the environment variable that holds its key"
            )
            return ServerError(f"{where}: HTTP {self.status}, no access{told}: {key}", self.status)
        if self.status in (400, 413, 422) and _is_too_long(kind, said):
            return QuestionError(
                f"{where}: the prompt does not fit into its context window{told}: shorten the "
                "question, or set llm.context_window to what the server has"
            )
        if self.status == 404:
            return ServerError(
                f"{where}: HTTP 404{told}: check llm.base_url, which ends in /v1 with most "
                "servers, and llm.model",
                404,
            )
        if 300 <= self.status < 400:
            place = printable(self.headers.get("location", "another address"))
            return ServerError(
                f"{where}: it redirects to {place}: set llm.base_url to where the API is",
                self.status,
            )
        if self.status in _BUSY and kind not in _FOR_GOOD:
            wish = retry_after(self.headers)
            later = f"try again in {wish:.0f} s" if wish else "try again later"
            return ServerError(
                f"{where}: HTTP {self.status}, busy or broken{told}: {later}",
                self.status,
                passing=True,
                retry_after=wish,
            )
        return ServerError(f"{where}: HTTP {self.status}{told}", self.status)


def streamed_error(event: Mapping[str, Any], where: str) -> YomitokiError | None:
    """The error that an event of a stream tells of, if it does."""
    if "error" not in event:
        return None
    kind, said = _said(json.dumps(event).encode())
    if _is_too_long(kind, said):
        return QuestionError(f"{where}: the prompt does not fit ({said}): shorten the question")
    return ServerError(f"{where}: it broke off: {said or 'without a reason'}")


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as a date; None without one."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(float(value), 0.0) if value[:1].isdigit() else _until(value, now)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(date: str, now: float | None) -> float:
    moment = parsedate_to_datetime(date).timestamp()
    return max(moment - (time.time() if now is None else now), 0.0)


def printable(text: str) -> str:
    """A server's words, one line of no great length, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _MOST_SHOWN else line[:_MOST_SHOWN] + "…"


def _said(body: bytes) -> tuple[str, str]:
    """Kind and message of an error body: OpenAI's shape, vLLM's older one, or plain text."""
    text = body[:65536].decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "", "" if "<html" in text[:500].lower() else printable(text)
    if isinstance(value, dict):
        inner = value.get("error", value)
        if isinstance(inner, dict):
            kind = inner.get("code") if isinstance(inner.get("code"), str) else inner.get("type")
            said = inner.get("message") or inner.get("detail") or ""
            return str(kind or ""), printable(str(said))
        return "", printable(str(inner))
    return "", printable(text)


def _is_too_long(kind: str, said: str) -> bool:
    return kind in _TOO_LONG or any(words in said.lower() for words in _TOO_LONG_WORDS)
