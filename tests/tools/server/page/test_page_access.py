"""Who may see the page and open its socket, what it is guarded by, and what it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.tools.server.page.browsing import (
    KEY,
    TOKEN,
    Served,
    elements_of,
    open_page,
    socket_address,
)
from tests.tools.server.page.conftest import REPORT
from tools.server.page.login import COOKIE, opens, page_key

OTHER = "https://evil.example"


@pytest.fixture
def stranger(page: Served) -> Iterator[httpx2.Client]:
    """Somebody without token and cookie."""
    with httpx2.Client(base_url=page.url, timeout=60) as client:
        yield client


def log_in(page: Served, stranger: httpx2.Client, token: str, **headers: str) -> httpx2.Response:
    given = {"origin": page.url, **headers}
    return stranger.post("/ui/login", data={"token": token}, headers=given)


def test_without_a_cookie_there_is_only_the_way_to_log_in(stranger: httpx2.Client) -> None:
    for path in ("/ui", "/ui/ja", "/ui/reports/demo", "/ui/language/en", "/ui/nowhere"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ui/login")
    assert stranger.get("/").headers["location"] == "/ui"
    assert stranger.get("/ui/_nicegui/3.18.0/static/nicegui.js").status_code == 401
    assert stranger.post("/ui/upload").status_code == 403, "it names no origin"
    for language, said in (("ja", "トークン"), ("en", "Token")):
        asked = stranger.get("/ui/login", headers={"accept-language": language})
        assert said in asked.text
        assert f'lang="{language}"' in asked.text
        assert "script" not in asked.headers["content-security-policy"]


def test_the_token_is_kept_in_a_cookie_that_no_script_and_no_other_site_gets(
    page: Served, stranger: httpx2.Client
) -> None:
    answer = log_in(page, stranger, TOKEN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui")
    cookie = answer.headers["set-cookie"]
    assert cookie == f"{COOKIE}={KEY}; HttpOnly; Path=/ui; SameSite=strict"
    assert TOKEN not in cookie
    assert stranger.get("/ui/en").status_code == 200
    assert stranger.get("/v1/models").status_code == 401, "the API wants the token itself"
    left = stranger.post("/ui/logout", headers={"origin": page.url})
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert stranger.get("/ui/en").status_code == 303


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", KEY, "鍵"])
def test_a_wrong_token_opens_nothing(page: Served, stranger: httpx2.Client, token: str) -> None:
    answer = log_in(page, stranger, token)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_other_sites_may_not_log_in_nor_be_named(page: Served, stranger: httpx2.Client) -> None:
    for headers in ({"origin": OTHER}, {"origin": "null"}, {"host": "evil.example"}):
        assert log_in(page, stranger, TOKEN, **headers).status_code == 403
    long = log_in(page, stranger, "x" * 5000)
    assert long.status_code == 413


def test_only_the_right_cookie_opens() -> None:
    token = SecretStr(TOKEN)
    assert opens(Headers({"cookie": f"a=b; {COOKIE}={KEY}"}), token)
    assert opens(Headers({}), None), "without a token everybody on this machine may"
    for cookie in ("", f"{COOKIE}=", f"{COOKIE}={TOKEN}", f"{COOKIE}={KEY}x", f"x{COOKIE}={KEY}"):
        assert not opens(Headers({"cookie": cookie}), token)
    assert page_key(SecretStr("another-0123456789")) != KEY


def test_the_page_is_guarded_and_asks_no_other_host(page: Served) -> None:
    answer = page.browser.get("/ui/ja", headers={"x-forwarded-prefix": "/evil"})
    assert answer.status_code == 200
    assert '<html lang="ja">' in answer.text
    assert "evil" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", answer.text)
    for path in set(re.findall(r"[\"'](/ui/_nicegui/[^\"']+)[\"']", answer.text)):
        asset = page.browser.get(path)
        if asset.status_code == 200:
            assert asset.headers["content-security-policy"].startswith("default-src 'none'")
            assert asset.headers["cache-control"].startswith("private")


def test_languages_are_chosen_and_switched(page: Served) -> None:
    for header, language in (("ja-JP,en;q=0.5", "ja"), ("de,en;q=0.5", "en")):
        begun = page.browser.get("/ui", headers={"accept-language": header})
        assert begun.headers["location"] == f"/ui/{language}"
    switched = page.browser.get("/ui/language/ja")
    assert "yomitoki_language=ja" in switched.headers["set-cookie"]
    both = f"{COOKIE}={KEY}; yomitoki_language=ja"
    kept = page.browser.get("/ui", headers={"cookie": both, "accept-language": "en"})
    assert kept.headers["location"] == "/ui/ja"


@pytest.mark.parametrize(
    ("origin", "cookie"),
    [
        (OTHER, KEY),
        ("null", KEY),
        (None, KEY),
        ("http://127.0.0.1:1", KEY),
        ("own", ""),
        ("own", TOKEN),
    ],
)
def test_the_socket_opens_for_the_page_alone(page: Served, origin: str | None, cookie: str) -> None:
    given = page.url if origin == "own" else origin
    address = socket_address(page.url, "00000000-0000-0000-0000-000000000000")
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(
            address,
            origin=given,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{COOKIE}={cookie}"},
            open_timeout=60,
        ),
    ):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/v1/models", "/ui", "/ui/ja", "/"])
def test_there_is_no_other_socket(page: Served, path: str) -> None:
    where = urlsplit(page.url).netloc
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(
            f"ws://{where}{path}",
            origin=page.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{COOKIE}={KEY}"},
            open_timeout=60,
        ),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_a_report_is_shown_in_a_sandbox(page: Served) -> None:
    answer = page.browser.get("/ui/reports/demo")
    assert answer.text == REPORT
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; ")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    for name in ("other", "..", "%2e%2e", "..%2f..%2fcollections", "demo%2freport.html", "."):
        assert page.browser.get(f"/ui/reports/{name}").status_code in (303, 307, 404), name


def test_uploads_are_checked(page: Served) -> None:
    with open_page(page) as opened:
        uploader = opened.find("q-uploader")
        ticket = {h["name"]: h["value"] for h in uploader["props"]["headers"]}
        own = {"origin": page.url, **ticket}

        def send(name: str, content: bytes, headers: dict[str, str]) -> httpx2.Response:
            files = {"file": (name, content)}
            return page.browser.post("/ui/upload", files=files, headers=headers)

        assert send("../../注.md", b"x", own).json() == {"name": "注.md"}
        assert send("注.md", b"x", own).status_code == 409
        assert send("run.exe", b"MZ", own).status_code == 415
        assert send("a.md", b"x", {"origin": page.url}).status_code == 404
        assert send("a.md", b"x", {**ticket, "origin": OTHER}).status_code == 403
        assert send("a.md", b"x", ticket).status_code == 403
        long = send("long.txt", b"x" * (51 * 1024 * 1024), own)
        assert long.status_code == 413
        raw = page.browser.post("/ui/upload", content=b"x", headers=own)
        assert raw.status_code == 400
        assert page.browser.put("/ui/upload", headers=own).status_code == 405


def test_a_page_begins_with_nothing_that_a_document_says(page: Served) -> None:
    elements = elements_of(page.browser.get("/ui/en").text)
    assert "会議" not in str(elements)
