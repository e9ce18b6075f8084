"""Passages of the web, found by a search engine; off unless a config asks for it."""

from __future__ import annotations

from typing import Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.digest import sha256_of
from pipelines.errors import ConfigError
from pipelines.home import web_directory
from pipelines.japanese.tokens import SudachiTokenizerSettings
from pipelines.notes import note
from pipelines.parts import Parts
from pipelines.retrievers.web_passages import best_passages, passages, snippet_node, snippets
from pipelines.web.breaker import Breaker
from pipelines.web.cache import WebCache
from pipelines.web.cassette import Cassette, CassetteSettings
from pipelines.web.duckduckgo import SearchOptions
from pipelines.web.failure import WebFailure
from pipelines.web.fetched_page import FetchLimits
from pipelines.web.found import Found
from pipelines.web.retrying import Backoff
from pipelines.web.web_search import ReadPage, WebSearch

Period = Literal["day", "week", "month", "year"]
FROM_DOCUMENTS = "answered from your documents only"


class PageSettings(ComponentSettings):
    """What a fetched page may cost, and what becomes of it.

    `timeout_seconds` counts all redirects of a page, `max_bytes` its unpacked body. Its text
    becomes passages of whole sentences up to `passage_chars`; the `passages` that share most with
    the question are found.
    """

    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    max_bytes: int = Field(default=2_000_000, ge=1000, le=50_000_000)
    max_redirects: int = Field(default=5, ge=0, le=20)
    passage_chars: int = Field(default=300, ge=50, le=5000)
    passages: int = Field(default=3, ge=1, le=50)


class WebRetrieverSettings(ComponentSettings):
    """What a search engine finds: snippets, or with `fetch_pages` passages of the pages themselves.

    The question leaves the machine (docs/web.md). `region`, `safe_search` and `time` are the
    engine's, `max_results` results are taken and at most `top_k` nodes returned. A failed search
    is tried `attempts` times in all, with pauses. Results and pages are kept below the home for
    `cache_days` and not asked for again; a `cassette` records them for good.

    A web that gives nothing is no error: nothing is found, and the answer says why.
    """

    kind: Literal["web"] = "web"
    top_k: int = Field(default=10, ge=1)
    backend: Literal["duckduckgo"] = "duckduckgo"
    region: str = Field(default="jp-jp", pattern="^[a-z]{2}-[a-z]{2,4}$")
    safe_search: Literal["strict", "moderate", "off"] = "moderate"
    time: Period | None = None
    max_results: int = Field(default=5, ge=1, le=10)
    timeout_seconds: float = Field(default=8.0, ge=1, le=60)
    attempts: int = Field(default=3, ge=1, le=10)
    fetch_pages: bool = False
    pages: PageSettings = PageSettings()
    cache_days: float = Field(default=7.0, ge=0, le=3650)
    cassette: CassetteSettings | None = None

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever; without a home it caches nothing.

        Raises:
            ConfigError: It is to fetch pages, and nothing can read them.
            YomitokiError: The cassette can't be read.
        """
        if self.fetch_pages and parts.read_page is None:
            raise ConfigError("retriever.web.fetch_pages: can only be used in a pipeline")
        folder = web_directory(parts.home) if parts.home else None
        search = WebSearch(
            options=self._options(),
            limits=FetchLimits(
                self.pages.timeout_seconds, self.pages.max_bytes, self.pages.max_redirects
            ),
            cache=WebCache(folder / "cache" if folder else None, self.cache_days),
            breaker=Breaker(folder / "paused.json" if folder else None),
            backoff=Backoff(self.attempts),
            cassette=Cassette(self.cassette) if self.cassette else None,
        )
        return WebRetriever(self, search, parts.read_page if self.fetch_pages else None)

    def outside_state(self) -> str | None:
        """The cassette's content, where one is replayed."""
        if self.cassette is None or self.cassette.mode != "replay":
            return None
        path = self.cassette.path.expanduser()
        return sha256_of(path) if path.is_file() else "no file"

    def _options(self) -> SearchOptions:
        return SearchOptions(
            region=self.region,
            safe_search=self.safe_search,
            time=self.time[0] if self.time else None,
            max_results=self.max_results,
            timeout_seconds=self.timeout_seconds,
        )


class WebRetriever(BaseRetriever):
    """See WebRetrieverSettings.

    Best first. Snippets are in the engine's order with scores 1 / rank; for passages of pages see
    `best_passages`, among which the snippet of a page that could not be had takes its place. Each
    node's `source` is its address, and its span counts into the text that was fetched.
    """

    def __init__(
        self, settings: WebRetrieverSettings, search: WebSearch, read_page: ReadPage | None = None
    ) -> None:
        super().__init__()
        self._settings = settings
        self._search = search
        self._read_page = read_page

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = query_bundle.query_str
        try:
            found = self._search.results(question)
        except WebFailure as failure:
            note(f"web search: {failure}: {FROM_DOCUMENTS}")
            return []
        if not found.results:
            note(f"web search: nothing found: {FROM_DOCUMENTS}")
        elif self._read_page is not None:
            return self._passages(question, found, self._read_page)[: self._settings.top_k]
        return snippets(found)[: self._settings.top_k]

    def _passages(self, question: str, found: Found, read_page: ReadPage) -> list[NodeWithScore]:
        limits = self._settings.pages
        read = self._search.pages([result.url for result in found.results], read_page)
        nodes, failures = [], []
        for result, page in zip(found.results, read, strict=True):
            if page.failure:
                nodes.append(snippet_node(result, found.fetched_at))
                failures.append(page.failure)
            else:
                nodes += passages(page, limits.passage_chars)
        if failures:
            note(
                f"web search: {len(failures)} of {len(read)} pages not read, their snippets are "
                f"used: {'; '.join(dict.fromkeys(failures))}"
            )
        unique = list({node.node_id: node for node in nodes}.values())
        return best_passages(question, unique, SudachiTokenizerSettings().build(), limits.passages)
