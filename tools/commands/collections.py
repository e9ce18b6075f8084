"""`collections list`, `show` and `drop`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipelines.errors import YomitokiError
from storage.listing import CollectionSummary, drop_collection, list_collections, show_collection
from tools.asking import confirmed
from tools.command_line import Invocation
from tools.sizes import bytes_text


def list_all(run: Invocation) -> None:
    """List the collections of the home directory."""
    summaries = list_collections(run.home)
    if run.output.json:
        run.output.record([_record(summary) for summary in summaries])
        return
    if not summaries:
        run.output.note(f"no collections in {run.home}: python main.py ingest PATH makes one")
        return
    run.output.table(
        ("NAME", "DOCUMENTS", "NODES", "SIZE", "EMBEDDING"),
        [
            (
                summary.name,
                str(summary.documents),
                str(summary.nodes),
                bytes_text(summary.bytes),
                summary.problem or _embedding(summary),
            )
            for summary in summaries
        ],
    )


def show(run: Invocation, name: str | None) -> None:
    """Show what a collection was built with, and its documents.

    Raises:
        YomitokiError: No such collection, or it is damaged.
    """
    summary, documents = show_collection(run.home, name or run.load().settings.collection)
    if run.output.json:
        run.output.record({**_record(summary), "files": [asdict(row) for row in documents]})
        return
    run.output.line(f"collection  {summary.name}")
    run.output.line(f"folder      {summary.folder} ({bytes_text(summary.bytes)})")
    if summary.identity:
        run.output.line(f"embedding   {summary.identity.embedding}")
        run.output.line(f"node parser {summary.identity.parser}")
    run.output.line(f"index       {summary.index}")
    if summary.writer:
        run.output.line(f"writer      {summary.writer}")
    run.output.line(f"documents   {summary.documents}, {summary.nodes} nodes")
    run.output.line()
    run.output.table(
        ("SOURCE", "CHARACTERS", "NODES", "INGESTED"),
        [(row.source, str(row.chars), str(row.nodes), row.ingested_at) for row in documents],
    )


def drop(run: Invocation, name: str, *, yes: bool) -> None:
    """Delete a collection after asking.

    Raises:
        YomitokiError: Nobody said yes, no such collection, or somebody writes to it.
    """
    summary = next((s for s in list_collections(run.home) if s.name == name), None)
    if summary is not None:  # drop_collection says what is wrong with an unknown name
        question = f"drop {name}: {summary.documents} documents, {summary.nodes} nodes, for good?"
        if not confirmed(run.output, question, yes=yes):
            raise YomitokiError(f"collection {name!r}: not dropped: add --yes to drop it unasked")
    drop_collection(run.home, name)
    if run.output.json:
        run.output.record({"dropped": name})
    else:
        run.output.line(f"dropped {name}")


def _record(summary: CollectionSummary) -> dict[str, Any]:
    return {**asdict(summary), "folder": str(summary.folder)}


def _embedding(summary: CollectionSummary) -> str:
    return summary.identity.embedding.description if summary.identity else ""
