"""What a request can fail with, in OpenAI's shape, and how errors of the library become that."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from pipelines.errors import BuiltOtherwiseError, BusyError, ConfigError, QuestionError
from tools.console import inert_line
from tools.process import describe

LOG = logging.getLogger("tools.server")
LONGEST_MESSAGE = 500


class ApiError(Exception):
    """A response that is an error.

    Args:
        status: The HTTP status.
        message: *where: what is wrong: what is allowed*, for the client to read.
        code: A short name for programs.
        param: The key of the request that is wrong.
        headers: Further headers of the response.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    @property
    def record(self) -> dict[str, Any]:
        """``{"error": {"message", "type", "param", "code"}}``, as OpenAI's clients read it."""
        message = inert_line(str(self))
        return {
            "error": {
                "message": message[:LONGEST_MESSAGE],
                "type": _type(self.status),
                "param": self.param,
                "code": self.code,
            }
        }


def wrong(param: str, problem: str, code: str = "invalid_value") -> ApiError:
    """400: a key of the request is wrong; `problem` is *what is wrong: what is allowed*."""
    return ApiError(400, f"{param}: {problem}", code, param)


def queue_full(retry_seconds: int) -> ApiError:
    """429: as many requests wait as may."""
    return ApiError(
        429,
        f"server: as many requests wait as may: try again in {retry_seconds} seconds",
        "queue_full",
        headers={"Retry-After": str(retry_seconds)},
    )


def closing() -> ApiError:
    """503: the server is going down."""
    return ApiError(
        503, "server: it is shutting down: try again later", "closing", headers={"Retry-After": "5"}
    )


def too_late(seconds: float) -> ApiError:
    """504: the answer was not there in time."""
    return ApiError(
        504,
        f"server: no answer within {seconds:g} seconds: ask again, or start it with a longer "
        "--timeout",
        "deadline_passed",
    )


def failed(error: Exception) -> ApiError:
    """What an exception of the work is to a client.

    A question that can't be answered as it is, or a config that does not fit the collection, is the
    client's to mend, and it is told all of it.
    Everything else is the server's: the log has it under a number, and the client the number,
    since such messages name files.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, QuestionError | ConfigError):
        return ApiError(400, str(error), "invalid_request")
    if isinstance(error, BuiltOtherwiseError):
        return ApiError(400, str(error), "built_otherwise")
    if isinstance(error, BusyError):  # its message holds a command line, and so names files
        return ApiError(
            409, "collection: another process is writing to it: wait until it ends", "busy"
        )
    number = secrets.token_hex(4)
    LOG.error("error %s: %s", number, describe(error), exc_info=LOG.isEnabledFor(logging.INFO))
    return ApiError(
        500, f"server: the work failed: its log has the reason as error {number}", "failed"
    )


def _type(status: int) -> str:
    match status:
        case 401 | 403:
            return "authentication_error"
        case 429:
            return "rate_limit_error"
        case _ if status >= 500:
            return "server_error"
    return "invalid_request_error"
