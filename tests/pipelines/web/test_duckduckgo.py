"""The real ddgs and primp over a real socket, against DuckDuckGo's page from a local server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from ddgs.engines.duckduckgo import Duckduckgo

from pipelines.web.duckduckgo import SearchOptions, plain_query, search_duckduckgo
from pipelines.web.failure import WebFailure
from pipelines.web.found import SearchResult
from tests.pipelines.web.local_web import LocalServer, Reply, results_page, serving

QUICK = SearchOptions(timeout_seconds=1)
RESULT = ("https://a.example/", "a", "b")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    with serving() as server:
        monkeypatch.setattr(Duckduckgo, "search_url", server.url + "/html/")
        monkeypatch.delenv("DDGS_PROXY", raising=False)
        yield server


def failing(options: SearchOptions = QUICK) -> WebFailure:
    with pytest.raises(WebFailure) as caught:
        search_duckduckgo("堰", options)
    return caught.value


def test_results_come_in_the_engines_order(engine: LocalServer) -> None:
    """ddgs would put Wikipedia first, and then what holds the query."""
    engine.replies = [
        Reply(
            results_page(
                ("https://a.example/", "水門", "なし"),
                ("https://b.example/", "堰", "堰のこと"),
                ("https://ja.wikipedia.org/wiki/X", "百科", "事典"),
            )
        )
    ]
    found = search_duckduckgo("堰", QUICK)
    assert [result.title for result in found] == ["水門", "堰", "百科"]
    assert found[1] == SearchResult("https://b.example/", "堰", "堰のこと")
    two = SearchOptions(max_results=2, timeout_seconds=1)
    assert [result.title for result in search_duckduckgo("堰", two)] == ["水門", "堰"]


def test_the_form_says_region_safe_search_and_time(engine: LocalServer) -> None:
    engine.replies = [Reply(results_page())]
    search_duckduckgo("堰の 工事", QUICK)
    sent = engine.forms[0]
    assert (sent["q"], sent["kl"], sent["l"], sent["kp"]) == ("堰の 工事", "jp-jp", "jp-jp", "-1")
    assert "df" not in sent
    search_duckduckgo("x", SearchOptions("us-en", "strict", "w", timeout_seconds=1))
    assert (engine.forms[1]["kl"], engine.forms[1]["kp"], engine.forms[1]["df"]) == (
        "us-en",
        "1",
        "w",
    )
    assert len(engine.asked) == 2, "one request a search, to one engine"


def test_addresses_stay_as_they_are_and_odd_ones_go(engine: LocalServer) -> None:
    engine.replies = [
        Reply(
            results_page(
                ("https://a.example/x?a=1%26b&amp;c=100%25", "a", ""),
                ("//duckduckgo.com/l/?uddg=https%3A%2F%2Fb.example%2F%3Fq%3D1&amp;rut=2", "b", ""),
                ("https://duckduckgo.com/y.js?ad_domain=x", "advertisement", ""),
                ("javascript:alert(1)", "script", ""),
                ("file:///etc/passwd", "file", ""),
                ("http://[", "broken", ""),
                ("https://a.example/" + "x" * 2000, "long", ""),
                ("/relative", "relative", ""),
                ("https://c.example/", "", "without a title"),
            )
        )
    ]
    assert [result.url for result in search_duckduckgo("q", QUICK)] == [
        "https://a.example/x?a=1%26b&c=100%25",
        "https://b.example/?q=1",
    ]


def test_an_address_holds_nothing_that_acts(engine: LocalServer) -> None:
    engine.replies = [Reply(results_page(("https://a.example/\u202ex\x1b[31m\x07y", "a", "")))]
    assert search_duckduckgo("q", QUICK)[0].url == "https://a.example/xy"


def test_titles_and_snippets_are_plain(engine: LocalServer) -> None:
    hostile = (
        "\x1b[2J\x1b]52;c;eA==\x07<b>堰</b> &lt;img src=x onerror=alert(1)&gt;\u202e&#x202e;\n"
    )
    engine.replies = [Reply(results_page(("https://a.example/", hostile, hostile * 200)))]
    [found] = search_duckduckgo("堰", SearchOptions(timeout_seconds=2))
    assert found.title == "堰"
    assert len(found.snippet) <= 1000
    assert set(found.snippet) <= set("堰 …")


@pytest.mark.parametrize(
    ("reply", "said", "passing"),
    [
        (Reply(b"", 202), "rate limited (HTTP 202)", True),
        (Reply(b"", 403), "rate limited (HTTP 403)", True),
        (Reply(results_page(RESULT), 429), "rate limited (HTTP 429)", True),
        (Reply(b"", 500), "server error (HTTP 500)", True),
        (Reply(b"", 503), "server error (HTTP 503)", True),
        (Reply(b"", 404), "unreadable answer (HTTP 404)", False),
        (Reply(b'<form id="challenge-form" action="//duckduckgo.com/anomaly.js">'),
         "rate limited (asked for a proof of being human)", True),
        (Reply(b""), "unreadable answer (no page of results)", False),
        (Reply(b"\x00\xff\x1f\x8b garbage"), "unreadable answer (no page of results)", False),
        (Reply(b'{"results": []}'), "unreadable answer (no page of results)", False),
        (Reply(b"<?xml version='1.0' encoding='utf-16'?><a/>"),
         "unreadable answer (no page of results)", False),
    ],
)  # fmt: skip
def test_failures_are_told_apart(
    engine: LocalServer, reply: Reply, said: str, passing: bool
) -> None:
    engine.replies = [reply]
    failure = failing()
    assert (str(failure), failure.passing) == (said, passing)


def test_nothing_found_is_no_failure(engine: LocalServer) -> None:
    engine.replies = [Reply(results_page())]
    assert search_duckduckgo("堰", QUICK) == []


def test_the_servers_wish_to_wait_is_kept(engine: LocalServer) -> None:
    engine.replies = [Reply(status=429, headers={"Retry-After": "7"})]
    assert failing().retry_after == 7
    engine.replies = [Reply(status=429, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"})]
    assert failing().retry_after is None


def test_it_is_not_sent_on(engine: LocalServer) -> None:
    with serving() as canary:
        canary.replies = [Reply(results_page(("https://a.example/", "a", "b")))]
        engine.replies = [Reply(status=302, headers={"Location": canary.url})]
        assert str(failing()) == "unreadable answer (HTTP 302)"
        assert canary.asked == []


def silent(_request: BaseHTTPRequestHandler) -> None:
    time.sleep(5)


def dripping(request: BaseHTTPRequestHandler) -> None:
    while True:
        request.wfile.write(b"x")
        time.sleep(0.05)


def endless(request: BaseHTTPRequestHandler) -> None:
    while True:
        request.wfile.write(b"x" * 65536)


@pytest.mark.parametrize(
    ("write", "state"),
    [(silent, "timed out"), (dripping, "timed out"), (endless, "unreadable answer")],
)
def test_it_ends_whatever_the_server_does(engine: LocalServer, write: object, state: str) -> None:
    engine.replies = [Reply(write=write)]  # type: ignore[arg-type]
    started = time.monotonic()
    assert failing().state == state
    assert time.monotonic() - started < 4


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Duckduckgo, "search_url", "http://127.0.0.1:9/html/")
    assert str(failing()) == "no network"
    assert not failing().passing


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("堰の 工事は？", "堰の 工事は？"),
        ("!g 堰", "g 堰"),
        ("堰 !!!wiki !", "堰 wiki"),
        ("a\n\tb\x1b[31m\u202ec", "a bc"),
        ("！", "！"),
        ("あ" * 600, "あ" * 498 + "…"),
        (" \n", ""),
    ],
)
def test_a_query_is_one_line_without_commands(query: str, sent: str) -> None:
    assert plain_query(query) == sent
