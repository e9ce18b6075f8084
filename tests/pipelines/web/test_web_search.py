from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import YomitokiError
from pipelines.web.breaker import Breaker
from pipelines.web.cache import WebCache
from pipelines.web.cassette import Cassette, CassetteSettings
from pipelines.web.duckduckgo import SearchOptions
from pipelines.web.failure import WebFailure
from pipelines.web.fetched_page import FetchedPage, FetchLimits
from pipelines.web.found import SearchResult
from pipelines.web.retrying import Backoff
from pipelines.web.web_search import WebSearch

RESULTS = (SearchResult("https://a.example/", "堰", "堰のこと"),)


class Web:
    """A search engine and pages that do what a test says, and count."""

    def __init__(self, *answers: Sequence[SearchResult] | WebFailure) -> None:
        self.answers = list(answers) or [RESULTS]
        self.queries: list[str] = []
        self.urls: list[str] = []
        self.now = 1_700_000_000.0

    def ask(self, query: str, _options: SearchOptions) -> Sequence[SearchResult]:
        self.queries.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, WebFailure):
            raise answer
        return answer

    def fetch(self, url: str, _limits: FetchLimits) -> FetchedPage:
        self.urls.append(url)
        if "refused" in url:
            raise WebFailure("refused", "port 22")
        return FetchedPage(url, "text/html", f"page of {url}".encode())

    def clock(self) -> float:
        return self.now

    def search(self, home: Path, cassette: CassetteSettings | None = None) -> WebSearch:
        return WebSearch(
            options=SearchOptions(),
            limits=FetchLimits(),
            cache=WebCache(home / "cache", 7, self.clock),
            breaker=Breaker(home / "paused.json", self.clock),
            backoff=Backoff(3, lambda _: None),
            cassette=Cassette(cassette) if cassette else None,
            ask=self.ask,
            fetch=self.fetch,
            clock=self.clock,
        )


def read(body: bytes, media_type: str) -> tuple[str, str]:
    assert media_type == "text/html"
    if b"empty" in body:
        return "", " \n"
    if b"broken" in body:
        raise WebFailure("unreadable answer", "page: timeout")
    return "題\x1b[2J<b>", f"text of {body.decode()}\u202e"


def test_a_search_is_made_once_as_long_as_it_is_cached(tmp_path: Path) -> None:
    web = Web()
    first = web.search(tmp_path).results("堰 は？")
    assert (first.results, first.fetched_at) == (RESULTS, "2023-11-14T22:13:20+00:00")
    web.now += 7 * 86_400
    assert web.search(tmp_path).results("堰 は？\n") == first, "of the same words"
    assert web.queries == ["堰 は？"]
    web.now += 1
    assert web.search(tmp_path).results("堰 は？").fetched_at != first.fetched_at
    assert len(web.queries) == 2


def test_other_options_are_another_search(tmp_path: Path) -> None:
    web = Web()
    web.search(tmp_path).results("堰")
    for options in (
        SearchOptions(region="us-en"),
        SearchOptions(time="d"),
        SearchOptions(safe_search="off"),
        SearchOptions(max_results=3),
    ):
        replace(web.search(tmp_path), options=options).results("堰")
    replace(web.search(tmp_path), options=SearchOptions(timeout_seconds=1)).results("堰")
    assert len(web.queries) == 5, "patience does not change what is found"


def test_without_words_nobody_is_asked(tmp_path: Path) -> None:
    web = Web()
    assert web.search(tmp_path).results("! \n\u200b").results == ()
    assert web.queries == []


def test_nothing_found_is_asked_for_again(tmp_path: Path) -> None:
    web = Web(())
    for _ in range(2):
        assert web.search(tmp_path).results("堰").results == ()
    assert len(web.queries) == 2


def test_failures_open_the_circuit_for_other_processes_and_a_success_closes_it(
    tmp_path: Path,
) -> None:
    web = Web(WebFailure("rate limited", "HTTP 202"))
    with pytest.raises(WebFailure, match="rate limited"):
        web.search(tmp_path).results("堰")
    assert len(web.queries) == 3, "tried again"
    with pytest.raises(WebFailure, match="paused"):
        web.search(tmp_path).results("堰")
    assert len(web.queries) == 3, "not asked"
    web.now += 61
    web.answers = [RESULTS]
    assert web.search(tmp_path).results("堰").results == RESULTS
    web.answers = [WebFailure("no network")]
    with pytest.raises(WebFailure, match="no network"):
        web.search(tmp_path).results("水門")
    assert web.search(tmp_path).results("堰").results == RESULTS, "what is cached needs no network"


def test_pages_are_read_in_order_and_failures_kept_with_their_reason(tmp_path: Path) -> None:
    web = Web()
    urls = [f"https://{name}.example/" for name in ("a", "refused", "empty", "broken", "b")]
    pages = web.search(tmp_path).pages(urls, read)
    assert [page.url for page in pages] == urls
    assert [page.failure for page in pages] == [
        "",
        "refused (port 22)",
        "unreadable answer (no text)",
        "unreadable answer (page: timeout)",
        "",
    ]
    assert (pages[0].title, pages[0].text) == ("題", "text of page of https://a.example/")
    web.urls.clear()
    assert web.search(tmp_path).pages(urls, read) == pages
    assert sorted(web.urls) == sorted(urls[1:4]), "what failed is tried again, nothing else"


def test_a_cassette_records_and_replays_without_a_web(tmp_path: Path) -> None:
    web, path = Web(), tmp_path / "web.jsonl"
    urls = ["https://a.example/", "https://refused.example/"]
    recording = web.search(tmp_path, CassetteSettings(path=path, mode="record"))
    found, pages = recording.results("堰"), recording.pages(urls, read)
    assert recording.results("堰") == found
    assert (len(web.queries), len(web.urls)) == (1, 2), "what is recorded is not asked for again"
    assert not (tmp_path / "cache").exists()

    nothing = Web(WebFailure("no network"))
    nothing.now += 1e9
    replaying = nothing.search(tmp_path, CassetteSettings(path=path))
    assert (replaying.results("堰"), replaying.pages(urls, read)) == (found, pages)
    with pytest.raises(YomitokiError, match="nothing is recorded for '水門'"):
        replaying.results("水門")
    with pytest.raises(YomitokiError, match="nothing is recorded for 'https://b"):
        replaying.pages(["https://b.example/"], read)
    assert (nothing.queries, nothing.urls) == ([], [])


def test_a_failed_search_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "web.jsonl"
    web = Web(WebFailure("no network"))
    recording = web.search(tmp_path, CassetteSettings(path=path, mode="record"))
    with pytest.raises(WebFailure):
        recording.results("堰")
    assert not path.exists()


@pytest.mark.parametrize("value", [1, [], {}, {"results": 1, "fetched_at": "x"}, {"results": [[]]}])
def test_what_no_longer_can_be_read_from_the_cache_is_asked_for_again(
    tmp_path: Path, value: object
) -> None:
    web = Web()
    search = web.search(tmp_path)
    search.results("堰")
    [path] = (tmp_path / "cache").iterdir()
    import json

    entry = json.loads(path.read_text())
    path.write_text(json.dumps({**entry, "value": value}))
    assert search.results("堰").results == RESULTS
    assert len(web.queries) == 2
