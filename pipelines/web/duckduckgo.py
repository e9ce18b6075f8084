"""A search with DuckDuckGo."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.web.found import SearchResult
from pipelines.web.plain_text import plain_line

ENGINE = "duckduckgo"
# It takes no longer ones.
QUERY_CHARS = 499
TITLE_CHARS = 200
SNIPPET_CHARS = 1000


@dataclass(frozen=True)
class SearchOptions:
    """How it is searched: see WebRetrieverSettings; `time` is d, w, m, y or None."""

    region: str = "jp-jp"
    safe_search: str = "moderate"
    time: str | None = None
    max_results: int = 5
    timeout_seconds: float = 8.0


def search_duckduckgo(query: str, options: SearchOptions) -> list[SearchResult]:
    """What DuckDuckGo finds, in its order; [] if it says that there is nothing.

    Args:
        query: Sent as `plain_query` makes it.
        options: How it is searched.

    Raises:
        WebFailure: The search failed; the state says how.
    """
    # Half a second of imports that nobody who does not search the web waits for.
    from pipelines.web.duckduckgo_wrapper import DuckDuckGoWrapper

    wrapper = DuckDuckGoWrapper(
        region=options.region,
        safesearch=options.safe_search,
        time=options.time,
        max_results=options.max_results,
        backend=ENGINE,
        timeout_seconds=options.timeout_seconds,
    )
    return [
        SearchResult(
            plain_line(one["link"], len(one["link"])),
            plain_line(one["title"], TITLE_CHARS),
            plain_line(one["snippet"], SNIPPET_CHARS),
        )
        for one in wrapper.results(plain_query(query), max_results=options.max_results)
    ]


def plain_query(query: str) -> str:
    """A query as it is sent: one line, without ! commands, at most 499 characters.

    A word that begins with ! would send the query on to another site (a "bang").
    """
    words = plain_line(query, QUERY_CHARS).split()
    return " ".join(word.lstrip("!") for word in words if word.lstrip("!"))
