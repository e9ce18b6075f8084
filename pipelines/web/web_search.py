"""A search of the web as it is kept from asking twice: cassette, cache, breaker, retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipelines.web.breaker import Breaker
from pipelines.web.cache import WebCache
from pipelines.web.cassette import Cassette
from pipelines.web.duckduckgo import ENGINE, SearchOptions, plain_query, search_duckduckgo
from pipelines.web.failure import WebFailure
from pipelines.web.fetched_page import FetchedPage, FetchLimits
from pipelines.web.found import Found, PageText, SearchResult
from pipelines.web.plain_text import plain_line, plain_lines
from pipelines.web.retrying import Backoff

Kept = TypeVar("Kept", Found, PageText)
Ask = Callable[[str, SearchOptions], Sequence[SearchResult]]
Fetch = Callable[[str, FetchLimits], FetchedPage]
# (body, media type) of a page -> its title and its readable text; raises WebFailure.
ReadPage = Callable[[bytes, str], tuple[str, str]]
TITLE_CHARS = 200


def _fetch_page(url: str, limits: FetchLimits) -> FetchedPage:
    # Its HTTP library would be imported with every config.
    from pipelines.web.page_fetch import fetch_page

    return fetch_page(url, limits)


@dataclass
class WebSearch:
    """Asks the web what is not recorded or cached.

    With a cassette neither cache nor breaker count: what is recorded is found, however old, and
    what is not is asked for, or is an error.

    Attributes:
        options: How it is searched.
        limits: What a page may cost.
        cache: Earlier results and pages.
        breaker: Whether the engine is left alone.
        backoff: How a failed search is tried again.
        cassette: What is recorded, if anything is.
        ask: The search engine.
        fetch: Gets a page.
        clock: Seconds since the epoch.
    """

    options: SearchOptions
    limits: FetchLimits
    cache: WebCache
    breaker: Breaker
    backoff: Backoff = field(default_factory=Backoff)
    cassette: Cassette | None = None
    ask: Ask = search_duckduckgo
    fetch: Fetch = _fetch_page
    clock: Callable[[], float] = time.time

    def results(self, query: str) -> Found:
        """What the engine finds for a query; without words nothing, and nobody is asked.

        Raises:
            WebFailure: The web gave nothing.
            YomitokiError: A replayed cassette does not hold it, or it can't be written.
        """
        query = plain_query(query)
        if not query:
            return Found((), self._now())
        decides = {k: v for k, v in asdict(self.options).items() if k != "timeout_seconds"}
        asked = {"query": query, "engine": ENGINE, **decides}
        if (kept := self._kept(asked, Found.from_json)) is not None:
            return kept
        found = Found(tuple(self._asked(query)), self._now())
        if self.cassette is not None:
            self.cassette.add(asked, found.as_json())
        elif found.results:
            self.cache.put(asked, found.as_json())
        return found

    def pages(self, urls: Sequence[str], read: ReadPage) -> list[PageText]:
        """The readable text of each page, in order, or why there is none; fetched side by side.

        Raises:
            YomitokiError: A replayed cassette does not hold one, or it can't be written.
        """
        kept = {url: self._kept({"url": url}, PageText.from_json) for url in urls}
        missing = [url for url, page in kept.items() if page is None]
        if missing:
            with ThreadPoolExecutor(max_workers=len(missing)) as threads:
                fetched = dict(zip(missing, threads.map(self._fetched, missing), strict=True))
            for url in missing:
                kept[url] = self._read(url, fetched[url], read)
        return [page for url in urls if (page := kept[url]) is not None]

    def _asked(self, query: str) -> Sequence[SearchResult]:
        if self.cassette is not None:
            return self.backoff.call(lambda: self.ask(query, self.options))
        self.breaker.check()
        try:
            results = self.backoff.call(lambda: self.ask(query, self.options))
        except WebFailure as failure:
            self.breaker.failed(failure)
            raise
        self.breaker.worked()
        return results

    def _fetched(self, url: str) -> FetchedPage | WebFailure:
        try:
            return self.fetch(url, self.limits)
        except WebFailure as failure:
            return failure

    def _read(self, url: str, fetched: FetchedPage | WebFailure, read: ReadPage) -> PageText:
        try:
            if isinstance(fetched, WebFailure):
                raise fetched
            title, text = read(fetched.body, fetched.media_type)
            title = plain_line(title, TITLE_CHARS)
            page = PageText(fetched.url, self._now(), title, plain_lines(text))
            if not page.text.strip():
                raise WebFailure("unreadable answer", "no text")
        except WebFailure as failure:
            page = PageText(url, self._now(), failure=str(failure))
        asked = {"url": url}
        if self.cassette is not None:
            self.cassette.add(asked, page.as_json())
        elif not page.failure:
            self.cache.put(asked, page.as_json())
        return page

    def _kept(self, asked: dict[str, Any], read: Callable[[Any], Kept]) -> Kept | None:
        source = self.cassette if self.cassette is not None else self.cache
        value = source.get(asked)
        if value is None:
            return None
        try:
            return read(value)
        except (KeyError, TypeError, ValueError):
            return None

    def _now(self) -> str:
        return datetime.fromtimestamp(int(self.clock()), UTC).isoformat()
