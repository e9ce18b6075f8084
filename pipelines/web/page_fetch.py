"""One page of the web, fetched within limits of address, redirects, type, size and time."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterator
from urllib.parse import urljoin

import httpcore2

from pipelines.web.failure import WebFailure
from pipelines.web.fetched_page import MEDIA_TYPES, FetchedPage, FetchLimits
from pipelines.web.network import Deadline, Network, PublicBackend
from pipelines.web.web_url import checked_url

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_AGENT = "yomitoki/0.1 (a person asks for this page through a program)"
_HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": _AGENT,
    "Accept": "text/html,application/xhtml+xml,text/plain;q=0.8",
    "Accept-Language": "ja,en;q=0.7",
    "Accept-Encoding": "gzip, identity",
    "Connection": "close",
}


def fetch_page(
    url: str,
    limits: FetchLimits,
    network: Network | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> FetchedPage:
    """Fetch a page; no cookies, no referrer, no credentials and no proxy.

    Args:
        url: Anything; every address on the way is checked by itself.
        limits: What it may cost.
        network: How to look up and connect; the system's when None.
        ssl_context: What certificates are trusted; the system's when None.

    Raises:
        WebFailure: An address is refused, or the page is not there, too large, too slow or of
            another type.
    """
    deadline = Deadline(limits.timeout_seconds)
    backend = PublicBackend(network or Network(), deadline)
    for _ in range(limits.max_redirects + 1):
        checked = checked_url(url)
        with httpcore2.ConnectionPool(
            ssl_context=ssl_context, network_backend=backend, max_keepalive_connections=0
        ) as pool:
            try:
                target = httpcore2.URL(
                    scheme=checked.scheme, host=checked.host, target=checked.target
                )
                host = checked.text.split("/")[2]
                with pool.stream("GET", target, headers={"Host": host, **_HEADERS}) as response:
                    place = _header(response, b"location")
                    if response.status in _REDIRECTS and place:
                        url = urljoin(checked.text, place)
                        continue
                    media_type = _media_type(response)
                    return FetchedPage(checked.text, media_type, _body(response, limits.max_bytes))
            except httpcore2.TimeoutException as error:
                raise WebFailure("timed out", f"{limits.timeout_seconds:g} s") from error
            except (
                httpcore2.NetworkError,
                httpcore2.ProtocolError,
                httpcore2.UnsupportedProtocol,
            ) as error:
                raise WebFailure("unreadable answer", type(error).__name__) from error
            except ValueError as error:  # a redirect to what no parser takes for an address
                raise WebFailure("refused", "a redirect to no address") from error
    raise WebFailure("refused", f"more than {limits.max_redirects} redirects")


def _media_type(response: httpcore2.Response) -> str:
    if response.status != 200:
        raise WebFailure("server error", f"HTTP {response.status}")
    found = _header(response, b"content-type").partition(";")[0].strip().lower()
    if found not in MEDIA_TYPES:
        raise WebFailure("refused", f"type {found[:60] or 'unknown'}: no page")
    return found


def _body(response: httpcore2.Response, max_bytes: int) -> bytes:
    declared = _header(response, b"content-length")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    for piece in _unpacked(response, max_bytes):
        body += piece
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


def _unpacked(response: httpcore2.Response, max_bytes: int) -> Iterator[bytes]:
    """The body without its compression; a small piece never becomes a huge one."""
    encoding = _header(response, b"content-encoding").strip().lower()
    if encoding in ("", "identity"):
        yield from response.iter_stream()
        return
    if encoding not in ("gzip", "x-gzip"):
        raise WebFailure("unreadable answer", f"encoding {encoding[:30]}")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for piece in response.iter_stream():
            # Cut off one byte behind the limit, where the reader gives up.
            yield inflate.decompress(piece, max_bytes + 1)
    except zlib.error as error:
        raise WebFailure("unreadable answer", "damaged gzip") from error


def _header(response: httpcore2.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1")
    return ""


def _too_large(max_bytes: int) -> WebFailure:
    return WebFailure("refused", f"larger than {max_bytes:,} bytes")
