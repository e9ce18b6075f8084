"""The OpenAPI schema: what it says of errors and of the token."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

VERSION = "1"
# Any request may get these, before its route sees it.
ALWAYS = (401, 403, 408, 413, 415)
SAID = {
    400: "A key of the request is wrong; the message names it.",
    401: "The token is missing or wrong.",
    403: "The Host or the Origin is not an allowed one.",
    404: "No such model, collection or path.",
    408: "The body did not come in time.",
    413: "The body is too long.",
    415: "The body is not application/json.",
    429: "As many requests wait as may; Retry-After says when to try again.",
    500: "The work failed; the server's log says why.",
    503: "The server is starting or shutting down.",
    504: "No answer within the server's --timeout.",
}


class ErrorBody(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorResponse(BaseModel):
    """An error, in OpenAI's shape."""

    error: ErrorBody


def documented(model: Any, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route: `model` when it went well, or an error."""
    responses: dict[int | str, dict[str, Any]] = {200: {"model": model}}
    for status in sorted({*statuses, *ALWAYS, 500, 503}):
        responses[status] = {"model": ErrorResponse, "description": SAID[status]}
    return responses


def use_schema(app: FastAPI, *, token: bool) -> None:
    """Let an application describe itself; `token` says that it wants one."""

    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes
            )
            for operations in made["paths"].values():
                for operation in operations.values():
                    # Wrong requests get 400, as OpenAI's do, where FastAPI would say 422.
                    operation["responses"].pop("422", None)
            for unused in ("HTTPValidationError", "ValidationError"):
                made["components"]["schemas"].pop(unused, None)
            if token:
                bearer = {"type": "http", "scheme": "bearer"}
                made["components"]["securitySchemes"] = {"token": bearer}
                made["security"] = [{"token": []}]
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]
