"""What the web framework refuses, in the server's own words."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tools.console import inert_line
from tools.server.failures import ApiError, failed
from tools.server.mailbox import ClientGoneError
from tools.server.replies import JsonReply

# What nginx calls it; nobody reads it but the metrics.
CLIENT_GONE = 499
NOT_JSON = "body: not JSON: must be a JSON object"


def use_errors(app: FastAPI, refused: Callable[[str], None]) -> None:
    """Let an application answer in OpenAI's shape whatever goes wrong.

    `refused` hears the code of what was turned away because there is too much to do.
    """

    async def api_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        if error.status == 429:
            refused(error.code)
        return JsonReply.of(error)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return JsonReply.of(_invalid(error))

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JsonReply.of(_http_error(request, error))

    async def client_gone(_: Request, error: Exception) -> Response:  # noqa: ARG001
        return Response(status_code=CLIENT_GONE)

    async def bug(_: Request, error: Exception) -> Response:
        return JsonReply.of(failed(error))

    app.add_exception_handler(ApiError, api_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(ClientGoneError, client_gone)
    app.add_exception_handler(Exception, bug)


def _invalid(error: RequestValidationError) -> ApiError:
    """One thing that is wrong with a request, without what it was: the innermost, the first.

    Where a key may be one of several types, each type reports why the value is none of it; the
    innermost report is that of the type that was meant.
    """
    first = max(error.errors(), key=lambda problem: len(problem["loc"]))
    if first["type"] == "json_invalid":
        return ApiError(400, NOT_JSON, "invalid_json")
    *outer, last = [str(part) for part in first["loc"] if part != "body"] or ["body"]
    place = [part for part in outer if "[" not in part] + [last][: "[" not in last]
    where = inert_line(".".join(place))[:200] or "body"
    problem = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        problem = "unknown key: /openapi.json has those that are known"
    return ApiError(400, f"{where}: {problem}", str(first["type"]), where)


def _http_error(request: Request, error: HTTPException) -> ApiError:
    path = inert_line(request.url.path)[:100]
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            return ApiError(404, f"{path}: no such path: /openapi.json has all", "not_found")
        case 405:
            allowed = headers.get("Allow", "another method")
            return ApiError(
                405,
                f"{path}: not by this method: use {allowed}",
                "method_not_allowed",
                None,
                headers,
            )
        case 400:
            return ApiError(400, NOT_JSON, "invalid_json")
    return ApiError(error.status_code, f"{path}: {error.detail}", "http_error", None, headers)
