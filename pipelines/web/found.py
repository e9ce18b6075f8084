"""What the web gave: results of a search and texts of pages, as they are kept on disk."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class SearchResult:
    """A result of a search engine; title and snippet are plain lines."""

    url: str
    title: str
    snippet: str


@dataclass(frozen=True)
class Found:
    """Results in the engine's order, and when it was asked (UTC, ISO 8601, whole seconds)."""

    results: tuple[SearchResult, ...]
    fetched_at: str

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Found:
        """What `as_json` made; KeyError, TypeError or ValueError of anything else."""
        results = tuple(SearchResult(**_texts(one, 3)) for one in value["results"])
        return cls(results, _text(value["fetched_at"]))


@dataclass(frozen=True)
class PageText:
    """The readable text of a page, or, where there is none, why (`failure`)."""

    url: str
    fetched_at: str
    title: str = ""
    text: str = ""
    failure: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> PageText:
        """What `as_json` made; KeyError, TypeError or ValueError of anything else."""
        return cls(**_texts(value, 5))


def _texts(value: Any, count: int) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) != count:
        raise ValueError("not a record of ours")
    return {key: _text(text) for key, text in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
