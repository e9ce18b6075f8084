"""Streams in the shape of OpenAI's completions and chat completions."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Any

from pipelines.answer import Usage
from pipelines.llms.served.connection import Connection
from pipelines.llms.served.dialect import Ending


def streamed(
    connection: Connection, path: str, body: dict[str, Any]
) -> Generator[str | Ending, None, None]:
    """Pieces of the first choice's text, then an `Ending`.

    Reasoning that a server sends beside the text is passed over.

    Raises:
        ServerError: It fails, streams another shape, or ends before it has finished.
        QuestionError, StoppedError: See `Connection.stream`.
    """
    asked = {**body, "stream": True, "stream_options": {"include_usage": True}}
    reason: str | None = None
    usage: Usage | None = None
    with closing(connection.stream(path, asked)) as stream:
        for event in stream:
            usage = usage_of(event) or usage
            try:
                choice = event["choices"][0] if event.get("choices") else None
                if choice is None:
                    continue
                piece = choice["text"] if "text" in choice else choice["delta"].get("content")
                reason = choice.get("finish_reason") or reason
            except (AttributeError, KeyError, IndexError, TypeError) as error:
                raise connection.error(f"{path} streams another shape than OpenAI's API") from error
            if piece:
                yield str(piece)
    if reason is None:
        raise connection.error(f"{path}: the stream ended before the answer did")
    yield Ending(reason == "length", usage)


def usage_of(answer: dict[str, Any]) -> Usage | None:
    """The tokens that an answer or an event counts."""
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if isinstance(read, int) and isinstance(written, int):
        return Usage(read, written)
    return None
