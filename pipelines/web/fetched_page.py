"""What a page may cost, and a page as it came."""

from __future__ import annotations

from dataclasses import dataclass

MEDIA_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True)
class FetchLimits:
    """What one page may cost: wall seconds, all redirects included, and bytes, unpacked."""

    timeout_seconds: float = 10.0
    max_bytes: int = 2_000_000
    max_redirects: int = 5


@dataclass(frozen=True)
class FetchedPage:
    """A page as it came; `url` is where the redirects ended, `media_type` one of MEDIA_TYPES."""

    url: str
    media_type: str
    body: bytes
