"""DuckDuckGo's HTML page as ddgs asks for it and reads it, with what became of the request.

Imported only where the web is searched.
"""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qs, urlsplit

import primp
from ddgs.engines.duckduckgo import Duckduckgo
from ddgs.results import TextResult
from lxml import etree

from pipelines.web.failure import WebFailure

MOST_BYTES = 3_000_000
URL_CHARS = 2000
# Its values of `kp`, which ddgs does not send.
_SAFE_SEARCH = {"strict": "1", "moderate": "-1", "off": "-2"}
# Its page that asks for a proof of being human, sent with status 200 or 202.
_CHALLENGE = re.compile(r"anomaly-modal|anomaly\.js|challenge-form|bots use DuckDuckGo")
# What a page of results has even without results.
_RESULTS_PAGE = re.compile(r"""no-results|result--no-result|id=["']links["']""")
_LIMITING = (202, 403, 418, 429)


class _Result(TextResult):  # type: ignore[misc]
    """A result as it came; ddgs would decode the address, which changes it, and half of ANSI."""

    _normalizers: ClassVar[dict[str, Any]] = {}


class DuckDuckGoEngine(Duckduckgo):  # type: ignore[misc]
    """One request, which follows no redirects and reads at most 3 MB.

    Afterwards `failure` says why there are no results, or `understood` that there are none, and
    `urls` holds the addresses of the results in DuckDuckGo's order.
    """

    def __init__(self, timeout_seconds: float, safe_search: str, proxy: str | None = None) -> None:
        super().__init__(proxy=proxy, timeout=max(1, round(timeout_seconds)))
        self._seconds = timeout_seconds
        self._safe_search = safe_search
        self.failure: WebFailure | None = None
        self.understood = False
        self.urls: list[str] = []

    @property
    def result_type(self) -> type[TextResult]:
        """What ddgs makes of a result."""
        return _Result

    def build_payload(self, *arguments: Any, **named: Any) -> dict[str, Any]:
        """ddgs's form, with region and safe search under the names that DuckDuckGo knows."""
        payload = super().build_payload(*arguments, **named)
        return {**payload, "kl": payload.get("l", ""), "kp": _SAFE_SEARCH[self._safe_search]}

    def request(self, *arguments: Any, **named: Any) -> str | None:
        """The page; None where there is none, which `failure` explains."""
        try:
            return self._page(*arguments, **named)
        except WebFailure as failure:
            self.failure = failure
        except primp.TimeoutError:
            self.failure = self._timed_out()
        except (primp.ConnectError, primp.DNSError):
            self.failure = WebFailure("no network")
        except primp.PrimpError as error:
            self.failure = WebFailure("unreadable answer", type(error).__name__)
        return None

    def extract_results(self, html_text: str) -> list[TextResult]:
        """The results with an address and a title, advertisements left out."""
        try:
            results = super().extract_results(html_text)
        except (etree.LxmlError, ValueError):
            results = []
        for result in results:
            result.href = _direct(result.href)
        kept: list[TextResult] = [
            result
            for result in self.post_extract_results(results)
            if result.title and len(result.href) <= URL_CHARS
            if _scheme(result.href) in ("http", "https")
        ]
        if not kept and _CHALLENGE.search(html_text):
            self.failure = WebFailure("rate limited", "asked for a proof of being human")
        elif not kept and not _RESULTS_PAGE.search(html_text):
            self.failure = WebFailure("unreadable answer", "no page of results")
        self.understood = self.failure is None
        self.urls = [result.href for result in kept]
        return kept

    def _page(self, *arguments: Any, **named: Any) -> str:
        ends = time.monotonic() + self._seconds
        client = self.http_client.client
        with client.request(*arguments, follow_redirects=False, stream=True, **named) as response:
            if response.status_code != 200:
                raise _failure(response.status_code, response.headers.get("retry-after", ""))
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise WebFailure("unreadable answer", f"more than {MOST_BYTES:,} bytes")
                if time.monotonic() > ends:
                    raise self._timed_out()
        return body.decode("utf-8", "replace") or " "

    def _timed_out(self) -> WebFailure:
        return WebFailure("timed out", f"{self._seconds:g} s")


def _failure(status: int, retry_after: str) -> WebFailure:
    seconds = float(retry_after) if retry_after.strip().isdecimal() else None
    if status in _LIMITING:
        return WebFailure("rate limited", f"HTTP {status}", seconds)
    if status >= 500:
        return WebFailure("server error", f"HTTP {status}", seconds)
    return WebFailure("unreadable answer", f"HTTP {status}")


def _direct(url: str) -> str:
    """Where a result leads, where DuckDuckGo put an address of its own before it."""
    parts = _split(url)
    if parts and parts.path == "/l/" and parts.netloc.endswith("duckduckgo.com"):
        return (parse_qs(parts.query).get("uddg") or [""])[0]
    return url


def _scheme(url: str) -> str:
    parts = _split(url)
    return parts.scheme if parts else ""


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
