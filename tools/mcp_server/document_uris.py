"""How a document is named as a resource."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, unquote, urlsplit

from tools.server.failures import ApiError, wrong

PREFIX = "yomitoki://documents/"
TEMPLATE = PREFIX + "{collection}/{source}{?start_char}"


def document_uri(collection: str, source: str, start_char: int = 0) -> str:
    """``yomitoki://documents/default/lecture.md``; with a place, ``?start_char=50000``."""
    uri = f"{PREFIX}{quote(collection, safe='')}/{quote(source, safe='')}"
    return f"{uri}?start_char={start_char}" if start_char else uri


def named_document(uri: str) -> tuple[str, str, int]:
    """Collection, source and first character that a URI names; a source may hold a plain "/".

    Raises:
        ApiError: It names no document.
    """
    if not uri.startswith(PREFIX):
        raise _no_document()
    try:
        parts = urlsplit(uri)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        collection, _, source = (
            unquote(part, errors="strict") for part in parts.path[1:].partition("/")
        )
    except ValueError as error:
        raise _no_document() from error
    start = query.pop("start_char", ["0"])[-1]
    if not collection or not source or query or parts.fragment or not start.isascii():
        raise _no_document()
    if not start.isdigit() or len(start) > 12:
        raise wrong("uri", "start_char: must be a whole number, from 0")
    return collection, source, int(start)


def _no_document() -> ApiError:
    return wrong("uri", f"names no document: must be {TEMPLATE}, as resources/list gives it")
