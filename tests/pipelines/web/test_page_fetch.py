from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from pipelines.web.failure import WebFailure
from pipelines.web.fetched_page import FetchedPage, FetchLimits
from pipelines.web.page_fetch import fetch_page
from tests.pipelines.web.local_web import (
    PUBLIC,
    LocalNetwork,
    LocalServer,
    Reply,
    network_to,
    serving,
)

PACKED = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
QUICK = FetchLimits(timeout_seconds=1.0, max_bytes=10_000, max_redirects=3)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serving() as local:
        yield local


@pytest.fixture
def canary() -> Iterator[LocalServer]:
    """A service on loopback that nothing may reach."""
    with serving() as local:
        local.replies = [Reply(b"secret")]
        yield local
        assert local.asked == []


def failing(url: str, network: LocalNetwork, limits: FetchLimits = QUICK) -> WebFailure:
    with pytest.raises(WebFailure) as caught:
        fetch_page(url, limits, network)
    return caught.value


def to(place: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": place})


def test_a_page_comes_as_it_is(server: LocalServer) -> None:
    server.replies = [Reply("<p>堰".encode(), headers={"Content-Type": "text/html; charset=utf-8"})]
    network = network_to(server)
    page = fetch_page("http://example.com/a?b=堰", QUICK, network)
    assert page == FetchedPage("http://example.com/a?b=%E5%A0%B0", "text/html", "<p>堰".encode())
    path, headers = server.asked[0]
    assert (path, headers["host"]) == ("/a?b=%E5%A0%B0", "example.com")
    assert not {"cookie", "referer", "authorization"} & set(headers)
    assert network.connected == [PUBLIC]


def test_redirects_are_followed_and_named(server: LocalServer) -> None:
    server.paths = {"/": to("/b"), "/b": to("http://other.example/c", 301)}
    server.replies = [Reply(b"there")]
    network = network_to(server, "example.com", "other.example")
    assert fetch_page("http://example.com/", QUICK, network).url == "http://other.example/c"
    assert network.looked_up == ["example.com", "example.com", "other.example"]


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/",
        "http://127.0.0.1/", "http://2130706433/", "//127.0.0.1:{port}/", "file:///etc/passwd",
        "http://169.254.169.254/latest/", "http://inside.example/", "http://user@example.com/",
        "http://example.com:{port}/", "http://[", "http://]",
    ],
)  # fmt: skip
def test_a_redirect_inside_is_refused(server: LocalServer, canary: LocalServer, place: str) -> None:
    server.replies = [to(place.format(port=canary.port))]
    network = network_to(server)
    network.names["inside.example"] = ["127.0.0.1"]
    assert failing("http://example.com/", network).state == "refused"
    assert network.connected == [PUBLIC]


def test_redirects_without_end_are_refused(server: LocalServer) -> None:
    server.replies = [to("/again")]
    assert "more than 3 redirects" in str(failing("http://example.com/", network_to(server)))
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"]],
)
def test_a_name_that_leads_inside_is_refused(
    server: LocalServer, canary: LocalServer, addresses: list[str]
) -> None:
    network = network_to(server)
    network.names["evil.example"] = addresses
    network.ports["127.0.0.1"] = canary.port  # any connection to loopback would reach it
    assert failing("http://evil.example/", network).state == "refused"
    assert network.connected == []


def test_a_name_that_leads_elsewhere_later_is_not_looked_up_again(
    server: LocalServer, canary: LocalServer
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    network = network_to(server)
    network.names["evil.example"] = lambda: next(answers)
    network.ports["127.0.0.1"] = canary.port
    server.replies = [Reply(b"first"), to("/again")]
    assert fetch_page("http://evil.example/", QUICK, network).body == b"first"
    assert network.connected == [PUBLIC]
    # Asked again, as by a redirect to itself, it is checked again.
    assert failing("http://evil.example/", network).state == "refused"
    assert network.connected == [PUBLIC]


def test_a_redirect_to_itself_is_looked_up_and_checked_anew(
    server: LocalServer, canary: LocalServer
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    network = network_to(server)
    network.names["evil.example"] = lambda: next(answers)
    network.ports["127.0.0.1"] = canary.port
    server.replies = [to("/again")]
    assert failing("http://evil.example/", network).state == "refused"
    assert network.connected == [PUBLIC]


def test_what_is_too_large_is_refused(server: LocalServer) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        while True:
            request.wfile.write(b"x" * 4096)

    bomb = Reply(gzip.compress(b"x" * 10_000_000), headers=PACKED)
    for reply in (Reply(b"x" * 10_001), Reply(write=endless), bomb):
        server.replies = [reply]
        failure = failing("http://example.com/", network_to(server))
        assert str(failure) == "refused (larger than 10,000 bytes)"
    server.replies = [Reply(b"x" * 10_000)]
    assert len(fetch_page("http://example.com/", QUICK, network_to(server)).body) == 10_000


def test_a_compressed_page_is_unpacked(server: LocalServer) -> None:
    server.replies = [Reply(gzip.compress(b"words " * 900), headers=PACKED)]
    assert fetch_page("http://example.com/", QUICK, network_to(server)).body == b"words " * 900
    server.replies = [Reply(b"no gzip", headers=PACKED)]
    assert failing("http://example.com/", network_to(server)).state == "unreadable answer"


def dripping(request: BaseHTTPRequestHandler) -> None:
    while True:
        request.wfile.write(b"x")
        time.sleep(0.05)


def silent(_request: BaseHTTPRequestHandler) -> None:
    time.sleep(5)


@pytest.mark.parametrize("write", [dripping, silent])
def test_what_is_too_slow_is_given_up(server: LocalServer, write: object) -> None:
    server.replies = [Reply(write=write)]  # type: ignore[arg-type]
    started = time.monotonic()
    assert failing("http://example.com/", network_to(server)).state == "timed out"
    assert time.monotonic() - started < 3


def test_headers_that_drip_are_given_up() -> None:
    """Each byte comes in time; all of them together never do."""

    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            return

    threading.Thread(target=drip, daemon=True).start()
    network = LocalNetwork(
        names={"example.com": [PUBLIC]}, ports={PUBLIC: listener.getsockname()[1]}
    )
    started = time.monotonic()
    assert failing("http://example.com/", network).state == "timed out"
    assert time.monotonic() - started < 3
    listener.close()


def test_a_look_up_that_hangs_is_given_up() -> None:
    def hanging() -> list[str]:
        time.sleep(5)
        return [PUBLIC]

    started = time.monotonic()
    failure = failing("http://example.com/", LocalNetwork(names={"example.com": hanging}))
    assert failure.state == "timed out"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "media_type",
    ["application/pdf", "image/png", "application/json", "", "text/html-x", "video/mp4"],
)
def test_what_is_no_page_is_refused(server: LocalServer, media_type: str) -> None:
    server.replies = [Reply(b"x", headers={"Content-Type": media_type} if media_type else {})]
    assert failing("http://example.com/", network_to(server)).state == "refused"


def test_a_page_that_is_not_there_says_so(server: LocalServer) -> None:
    server.replies = [Reply(b"x", 404)]
    assert str(failing("http://example.com/", network_to(server))) == "server error (HTTP 404)"


def test_without_a_network_nothing_is_reached(server: LocalServer) -> None:
    nowhere = LocalNetwork(names={"example.com": [PUBLIC]}, ports={PUBLIC: 9})
    assert failing("http://example.com/", nowhere).state == "no network"
    assert failing("http://unknown.example/", nowhere).state == "no network"
    assert server.asked == []


def test_bytes_that_are_no_http_are_named(server: LocalServer) -> None:
    """A TLS client at a port without TLS gets no page."""
    server.replies = [Reply(b"x")]
    failure = failing("https://example.com/", network_to(server))
    assert failure.state in ("no network", "unreadable answer")
