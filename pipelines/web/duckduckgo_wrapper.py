"""langchain-community's DuckDuckGo wrapper, over one engine whose answers are told apart.

Alone, it asks for the past year only and several engines besides, and every failure surfaces as
"No results found". Imported only where the web is searched.
"""

from __future__ import annotations

import warnings
from typing import Any

from ddgs.ddgs import DDGS
from ddgs.exceptions import DDGSException

from pipelines.web.duckduckgo_engine import DuckDuckGoEngine
from pipelines.web.failure import WebFailure

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # that langchain-community comes to an end
    from langchain_community.utilities.duckduckgo_search import DuckDuckGoSearchAPIWrapper

# ddgs waits no longer for its engine than this much more than the engine for its answer.
_GRACE_SECONDS = 2


class DuckDuckGoWrapper(DuckDuckGoSearchAPIWrapper):  # type: ignore[misc]
    """Text searches; `results` gives mappings with title, link and snippet, in DuckDuckGo's order.

    Raises WebFailure where a search fails; [] means that DuckDuckGo says so.
    """

    timeout_seconds: float = 8.0

    def _ddgs_text(self, query: str, max_results: int | None = None) -> list[dict[str, str]]:
        search = _OneEngine(self.timeout_seconds, self.safesearch)
        found = search.found(
            query, region=self.region, safesearch=self.safesearch, timelimit=self.time
        )
        return found[: max_results or self.max_results]


class _OneEngine(DDGS):  # type: ignore[misc]
    """ddgs's search with one engine of ours."""

    def __init__(self, timeout_seconds: float, safe_search: str) -> None:
        super().__init__(timeout=round(timeout_seconds) + _GRACE_SECONDS)
        self._engine = DuckDuckGoEngine(timeout_seconds, safe_search, proxy=self._proxy)
        self._seconds = timeout_seconds

    def _get_engines(self, category: str, backend: str) -> list[Any]:  # noqa: ARG002
        return [self._engine]

    def found(self, query: str, **options: Any) -> list[dict[str, str]]:
        """All results of the first page.

        Raises:
            WebFailure: There is no page of results.
        """
        try:
            found: list[dict[str, str]] = self.text(query, max_results=None, **options)
        except DDGSException as error:
            if self._engine.understood:
                return []
            raise self._engine.failure or WebFailure("timed out", f"{self._seconds:g} s") from error
        # ddgs sorts anew: Wikipedia first, then by whether words between blanks stand in them.
        order = {url: place for place, url in enumerate(self._engine.urls)}
        return sorted(found, key=lambda one: order.get(one["href"], len(order)))
