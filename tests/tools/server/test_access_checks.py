"""Who may ask: Host, Origin, token, and bodies that are too long, too slow or no JSON."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from pipelines.errors import ConfigError
from tests.tools.server.running_server import Running, error_of, running
from tools.server.access import Access
from tools.server.bodies import BodyChecks

TOKEN = "0123456789abcdef-secret"
SITE = "https://docs.lan:8443"


@pytest.fixture(scope="module")
def locked(home: Path) -> Iterator[Running]:
    """A server that wants a token and knows a name and a site more."""
    with running(home, token=TOKEN, hosts=["docs.lan"], origins=[SITE]) as started:
        yield started


def with_headers(server: Running, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(f"{server.url}/v1/models", headers=named)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST:1234",
        "[::1]",
        "[::1]:80",
        "127.0.0.1:8500",
        "localhost.",
    ],
)
def test_names_of_loopback_are_known(server: Running, host: str) -> None:
    assert with_headers(server, host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",  # what a rebound name sends
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example#localhost",
        "localhost/evil",
        "evil.example:127.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "",
        "[::1",
        "localhost:99999999",
    ],
)
def test_any_other_host_is_refused(server: Running, host: str) -> None:
    response = with_headers(server, host=host)
    assert response.status_code in (400, 403)  # 400: the HTTP parser's own
    if response.status_code == 403:
        assert error_of(response)["code"] == "host_not_allowed"


def test_a_request_without_host_or_with_two_is_refused(server: Running) -> None:
    where = urlsplit(server.url)
    for head in (
        "GET /v1/models HTTP/1.0\r\n\r\n",
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    ):
        with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost", "http://127.0.0.1:1", "file://", SITE, ""],
)
def test_any_other_origin_is_refused(server: Running, origin: str) -> None:
    response = with_headers(server, origin=origin)
    assert response.status_code == 403
    assert error_of(response)["code"] == "origin_not_allowed"
    assert "access-control-allow-origin" not in response.headers


def test_the_servers_own_origin_and_allowed_ones_are_answered(
    server: Running, locked: Running
) -> None:
    assert with_headers(server, origin=server.url).status_code == 200
    answered = with_headers(locked, origin=SITE, authorization=f"Bearer {TOKEN}")
    assert answered.status_code == 200
    assert answered.headers["access-control-allow-origin"] == SITE
    assert "Origin" in answered.headers["vary"]
    assert with_headers(locked, host="docs.lan", authorization=f"Bearer {TOKEN}").is_success


def test_a_browser_may_ask_what_it_may_send(locked: Running) -> None:
    wanted = {"access-control-request-method": "POST"}
    asked = httpx2.options(f"{locked.url}/ask", headers={"origin": SITE, **wanted})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == SITE
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    assert "Mcp-Session-Id" in asked.headers["access-control-allow-headers"]
    assert "DELETE" in asked.headers["access-control-allow-methods"]
    other = httpx2.options(
        f"{locked.url}/ask", headers={"origin": "https://evil.example", **wanted}
    )
    assert other.status_code == 403


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer  wrong",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
    ],
)
def test_a_missing_or_wrong_token_is_401(locked: Running, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    for path in ("/v1/models", "/metrics", "/openapi.json", "/nowhere"):
        response = httpx2.get(locked.url + path, headers=headers)
        assert response.status_code == 401
        assert error_of(response)["code"] == "invalid_token"
        assert response.headers["www-authenticate"] == "Bearer"
    assert httpx2.get(f"{locked.url}/health", headers=headers).status_code == 200


def test_a_token_that_is_no_ascii_is_wrong(locked: Running) -> None:
    response = httpx2.get(
        f"{locked.url}/v1/models", headers=[(b"authorization", "Bearer 鍵".encode())]
    )
    assert response.status_code == 401


def test_the_token_opens_and_is_said_nowhere(locked: Running) -> None:
    for path in ("/v1/models", "/metrics", "/openapi.json", "/collections"):
        response = locked.client.get(path)
        assert response.status_code == 200
        assert TOKEN not in response.text
    assert locked.client.get("/openapi.json").json()["security"] == [{"token": []}]


def test_every_response_guards_itself(server: Running) -> None:
    for response in (
        server.client.get("/v1/models"),
        server.client.get("/nowhere"),
        server.post("/search"),
        with_headers(server, host="evil.example"),
        server.chat("工費は？", stream=True),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in response.headers


def test_a_prompt_of_a_megabyte_is_refused_by_its_length(server: Running) -> None:
    for letters in ("a" * 1_000_000, "あ" * 333_000):
        response = server.chat(letters)
        assert response.status_code == 400
        assert "characters are too long: at most 8,000" in error_of(response)["message"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_413(server: Running, chunked: bool) -> None:
    body = json.dumps({"question": "x" * 3_000_000}).encode()
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    response = server.client.post(
        "/search", content=pieces if chunked else body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 413
    assert "at most 1,048,576 bytes" in error_of(response)["message"]
    assert server.post("/search", question="工費").status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_does_not_say_json_is_415(server: Running, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    response = server.client.post("/search", content=b'{"question": "x"}', headers=headers)
    assert response.status_code == 415
    assert error_of(response)["code"] == "unsupported_type"


def test_a_body_that_does_not_come_is_408(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = server.server.config.app._app._app
    assert isinstance(checks, BodyChecks)
    monkeypatch.setattr(checks, "_seconds", 0.3)
    where = urlsplit(server.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.putrequest("POST", "/search")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b'{"question"')
    began = time.monotonic()
    response = connection.getresponse()
    assert response.status == 408
    assert time.monotonic() - began < 5
    connection.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "docs.lan"])
def test_other_machines_need_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="other machines can ask there: set a token"):
        Access.of(host, None, (), ())
    rules = Access.of(host, SecretStr(TOKEN), (), ())
    assert (host in rules.hosts) == (host in ("192.168.1.5", "docs.lan"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_loopback_needs_none(host: str) -> None:
    assert host in Access.of(host, None, (), ()).hosts


@pytest.mark.parametrize(
    ("token", "hosts", "origins", "said"),
    [
        ("short", (), (), "--token: must be 16 or more printable ASCII"),
        ("鍵" * 16, (), (), "--token: must be 16"),
        ("a" * 15 + "\n", (), (), "--token: must be 16"),
        (None, ("*",), (), "--allow-host '\\*': not a host's name"),
        (None, ("http://x",), (), "--allow-host 'http://x': not a host's name"),
        (None, (), ("docs.lan",), "--allow-origin 'docs.lan': not an origin"),
        (None, (), ("*",), "--allow-origin '\\*': not an origin"),
        (None, (), ("https://docs.lan/page",), "not an origin"),
    ],
)
def test_wrong_rules_are_named_and_secrets_are_not(
    token: str | None, hosts: tuple[str, ...], origins: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as wrong:
        Access.of("127.0.0.1", SecretStr(token) if token else None, hosts, origins)
    assert not token or token not in str(wrong.value)
