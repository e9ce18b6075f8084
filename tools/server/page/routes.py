"""What the page needs beside NiceGUI: logging in, its language, uploads and reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Message

from pipelines.errors import YomitokiError
from tools.server.access import Access
from tools.server.failures import ApiError, failed
from tools.server.mailbox import ClientGoneError
from tools.server.page.content_policy import login_policy
from tools.server.page.gate import LOGIN, ROOT
from tools.server.page.login import COOKIE, LANGUAGE_COOKIE, cookie, is_token, login_page, page_key
from tools.server.page.reports import report_page
from tools.server.page.uploads import LONGEST_FILE, MEGABYTE, Staging
from tools.server.page.words import WORDS, Words, accepted
from tools.server.replies import JsonReply

LONGEST_FORM = 4096
# A wrong token costs its sender so much.
PAUSE_SECONDS = 0.5
# A file as it is sent has a head and an end around it.
AROUND_A_FILE = 64 * 1024
FORM_SECONDS = 30.0
UPLOAD_SECONDS = 600.0
TICKET = "x-yomitoki-ticket"
YEAR_SECONDS = 31_536_000


def page_routes(access: Access, home: Path, staging: Staging) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=ROOT, include_in_schema=False)

    @router.get("")
    @router.get("/")
    async def start(request: Request) -> Response:
        return RedirectResponse(f"{ROOT}/{preferred(request).language}", 307)

    @router.get("/language/{language}")
    async def switch(language: str, request: Request) -> Response:
        words = WORDS.get(language) or preferred(request)
        response = RedirectResponse(f"{ROOT}/{words.language}", 303)
        _set(response, request, LANGUAGE_COOKIE, words.language, YEAR_SECONDS)
        return response

    @router.get("/login")
    async def asked(request: Request) -> Response:
        if access.token is None:
            return RedirectResponse(ROOT, 303)
        return _login(preferred(request))

    @router.post("/login")
    async def given(request: Request) -> Response:
        body = await _limited_body(request, LONGEST_FORM)
        token = parse_qs(body.decode(errors="replace")).get("token", [""])[0]
        if access.token is None or is_token(token, access.token):
            response = RedirectResponse(ROOT, 303)
            if access.token is not None:
                _set(response, request, COOKIE, page_key(access.token), None)
            return response
        await asyncio.sleep(PAUSE_SECONDS)
        return _login(preferred(request), wrong=True)

    @router.post("/logout")
    async def left() -> Response:
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie(COOKIE, path=ROOT, httponly=True, samesite="strict")
        return response

    @router.post("/upload")
    async def upload(request: Request) -> Any:
        staged = staging.of(request.headers.get(TICKET, ""))
        name = ""
        try:
            async with _limited_form(request) as form:
                files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
                if len(files) != 1:
                    raise ApiError(400, "upload: not one file: send one at a time", "invalid_value")
                name = files[0].filename or ""
                return JsonReply({"name": await staged.take(files[0])})
        except (ApiError, YomitokiError) as error:
            refused = failed(error)
            staged.refuse(name, refused)
            raise refused from error

    @router.get("/reports/{name}")
    def report(name: str) -> Response:
        return report_page(home, name)

    return router


def preferred(request: Request) -> Words:
    """The language that a browser chose, else one that it accepts."""
    chosen = WORDS.get(cookie(request.headers, LANGUAGE_COOKIE))
    return chosen or accepted(request.headers.get("accept-language", ""))


def _login(words: Words, *, wrong: bool = False) -> Response:
    html = login_page(words, wrong=wrong)
    headers = {"Content-Security-Policy": login_policy(html)}
    return HTMLResponse(html, 401 if wrong else 200, headers=headers)


def _set(response: Response, request: Request, name: str, value: str, age: int | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=age,
        path=ROOT,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _limit(request: Request, most: int) -> None:
    """Let reading the body fail when it is longer, or its sender goes away."""
    receive, length = request._receive, 0

    async def counted() -> Message:
        nonlocal length
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        length += len(message.get("body", b""))
        if length > most:
            raise ApiError(413, f"body: too long: at most {most:,} bytes", "body_too_long")
        return message

    request._receive = counted


async def _limited_body(request: Request, most: int) -> bytes:
    _limit(request, most)
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await request.body()
    except TimeoutError:
        raise ApiError(408, "body: not there in time", "body_too_slow") from None


@asynccontextmanager
async def _limited_form(request: Request) -> AsyncIterator[FormData]:
    _limit(request, LONGEST_FILE + AROUND_A_FILE)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            form = await request.form(max_files=1, max_fields=4, max_part_size=MEGABYTE)
    except TimeoutError:
        raise ApiError(408, "upload: it took too long", "body_too_slow") from None
    except HTTPException as error:
        raise ApiError(400, "upload: not a form with one file", "invalid_value") from error
    try:
        yield form
    finally:
        await form.close()
