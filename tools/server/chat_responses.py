"""An answer as OpenAI's chat completion, whole or in chunks, with what it rests on beside it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipelines.adjusted import most_tokens, with_writing
from pipelines.answer import Answer
from tools.records import ask_record
from tools.server.chat_requests import ChatRequest
from tools.server.jobs import Done, Piece
from tools.server.native_records import CitationRecord, NodeRecord
from tools.server.service import Target


class Extension(BaseModel):
    """What OpenAI's API has no place for.

    `answer` is the whole text where the stream's pieces are not: what was written could not be
    true, and a refusal stands below it. `notes` say what failed on the way, such as a search of the
    web; `unused` names what the request had without effect.
    """

    model_config = ConfigDict(extra="forbid")

    collection: str
    refused: bool
    citations: list[CitationRecord]
    seconds: dict[str, float]
    nodes: list[NodeRecord] | None = None
    answer: str | None = None
    notes: list[str] | None = None
    unused: list[str] | None = None


class Completion(BaseModel):
    """OpenAI's chat.completion with an extension."""

    id: str
    object: str
    created: int
    model: str
    system_fingerprint: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    yomitoki: Extension


@dataclass
class Reply:
    """The response to one request; `written` is what went out as a stream so far."""

    request: ChatRequest
    target: Target
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    written: str = ""

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The response at once."""
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self._finish_reason(answer),
        }
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": _usage(answer),
            "yomitoki": self._extension(answer),
        }

    def begin(self) -> list[dict[str, Any]]:
        """The first chunk."""
        return [self._chunk({"role": "assistant", "content": ""})]

    def chunks(self, event: Piece | Done) -> Iterator[dict[str, Any]]:
        """The chunks for a piece of the answer, or its end."""
        if isinstance(event, Piece):
            self.written += event.text
            yield self._chunk({"content": event.text})
            return
        answer: Answer = event.value
        rest, replaced = _rest(answer.text, self.written)
        if rest:
            yield self._chunk({"content": rest})
        extension = self._extension(answer)
        if replaced:
            extension["answer"] = answer.text
        yield {**self._chunk({}, self._finish_reason(answer)), "yomitoki": extension}
        options = self.request.stream_options
        if options and options.include_usage:
            head = self._head("chat.completion.chunk")
            yield {**head, "choices": [], "usage": _usage(answer)}

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.target.model.name,
            "system_fingerprint": f"fp_{self.target.model.settings.fingerprint()}",
        }

    def _finish_reason(self, answer: Answer) -> str:
        """Length, when the answer took all the tokens that it might."""
        settings = self.target.model.settings
        limit = most_tokens(with_writing(settings, self.request.writing()).query_engine)
        return "length" if limit and answer.usage.completion_tokens >= limit else "stop"

    def _extension(self, answer: Answer) -> dict[str, Any]:
        record = ask_record(answer)
        extension: dict[str, Any] = {"collection": self.target.collection}
        kept = ["refused", "citations", "seconds"]
        if self.request.yomitoki.nodes:
            kept.append("nodes")
        extension |= {key: record[key] for key in kept}
        if answer.notes:
            extension["notes"] = answer.notes
        if unused := self.request.unused():
            extension |= {"unused": unused}
        return extension


def _usage(answer: Answer) -> dict[str, int]:
    usage = answer.usage
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def _rest(text: str, written: str) -> tuple[str, bool]:
    """What is to be sent after what was, and whether that does not make the answer.

    White space at the ends counts for nothing. What was sent can't be taken back: another answer
    stands below it.
    """
    text, sent = text.strip(), written.strip()
    if text.startswith(sent):
        return text[len(sent) :], False
    return f"\n\n{text}", True
