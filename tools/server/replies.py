"""JSON responses, with what browsers must know about them."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from tools.console import json_line
from tools.server.failures import ApiError


class JsonReply(JSONResponse):
    """UTF-8 JSON in which no character acts on a terminal; NaN and infinity are null."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return (json_line(content) + "\n").encode()

    @classmethod
    def of(cls, error: ApiError) -> JsonReply:
        """An error as a response."""
        return cls(error.record, error.status, headers=error.headers)
