"""Documents as resources: listed in pages, read in stretches that fit into a model's context."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from llama_index.core.schema import Document
from mcp_types import (
    ListResourcesResult,
    ListResourceTemplatesResult,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from pipelines.nearest import did_you_mean
from tools.console import inert_line
from tools.mcp_server.document_uris import TEMPLATE, document_uri, named_document
from tools.server.failures import ApiError, wrong
from tools.server.mailbox import Mailbox
from tools.server.service import Service

RESOURCES_A_PAGE = 100
LONGEST_TEXT = 50_000
TEXT = "text/plain"

# Waits for a job and tells its stages to whoever asked.
Wait = Callable[[Mailbox], Awaitable[Any]]


class Documents:
    """The documents of all collections, by collection and source."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def page(self, cursor: str | None, wait: Wait) -> ListResourcesResult:
        """The resources after a cursor, which is the URI of the last one before.

        Raises:
            ApiError: The cursor is none.
        """
        after = ("", "")
        if cursor is not None:
            collection, source, _ = named_document(cursor)
            after = (collection, source)
        found: list[tuple[str, dict[str, Any]]] = []
        for summary in sorted(await wait(self._service.collections()), key=lambda row: row["name"]):
            name = summary["name"]
            if summary["problem"] or name < after[0] or len(found) > RESOURCES_A_PAGE:
                continue
            rows = (await wait(self._service.collection(name)))["files"]
            found += [(name, row) for row in rows if (name, row["source"]) > after]
        shown = [_resource(name, row) for name, row in found[:RESOURCES_A_PAGE]]
        more = len(found) > RESOURCES_A_PAGE
        return ListResourcesResult(resources=shown, next_cursor=shown[-1].uri if more else None)

    async def read(self, uri: str, wait: Wait) -> ReadResourceResult:
        """At most LONGEST_TEXT characters of a document; `_meta.next` names what follows.

        Raises:
            ApiError: The URI names no document of a collection, or nothing of it.
        """
        collection, source, start = named_document(uri)
        document = await document_of(self._service, collection, source, wait)
        text = document.text
        if start > len(text):
            raise wrong("uri", f"start_char: the document has {len(text):,} characters")
        end = min(len(text), start + LONGEST_TEXT)
        meta: dict[str, Any] = {"start_char": start, "end_char": end, "chars": len(text)}
        if end < len(text):
            meta["next"] = document_uri(collection, source, end)
        contents = TextResourceContents(uri=uri, mime_type=TEXT, text=text[start:end], _meta=meta)
        return ReadResourceResult(contents=[contents])


async def document_of(service: Service, collection: str, source: str, wait: Wait) -> Document:
    """A document as it was ingested.

    Raises:
        ApiError: 404, there is no such document or collection.
    """
    document: Document | None = await wait(service.document(collection, source))
    if document is not None:
        return document
    rows = (await wait(service.collection(collection)))["files"]
    hint = did_you_mean(source, (row["source"] for row in rows))
    raise ApiError(
        404,
        f"source: {source[:100]!r}: not in collection {collection}.{hint}",
        "source_not_found",
        "source",
    )


def templates() -> ListResourceTemplatesResult:
    """The one template, for reading on in a long document."""
    template = ResourceTemplate(
        name="document",
        title="A document, from a character on",
        uri_template=TEMPLATE,
        description=(
            f"At most {LONGEST_TEXT:,} characters of a document as it was ingested, from "
            "start_char (0 where it is left out) on. `_meta` has start_char, end_char, chars (the "
            "document's length) and, where there is more, next: the URI that reads on."
        ),
        mime_type=TEXT,
    )
    return ListResourceTemplatesResult(resource_templates=[template])


def _resource(collection: str, row: dict[str, Any]) -> Resource:
    source = inert_line(row["source"])
    return Resource(
        uri=document_uri(collection, row["source"]),
        name=source,
        title=f"{source} ({inert_line(collection)})",
        description=f"{row['chars']:,} characters, ingested {row['ingested_at']}",
        mime_type=TEXT,
    )
