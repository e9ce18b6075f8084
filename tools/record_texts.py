"""Records as text for a model to read.

What documents and the local model say stands in quotation lines that begin with ">", so that no
passage can pass for a line of the server; characters that act on a terminal are visible escapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.document import label
from tools.console import inert, inert_line

Record = dict[str, Any]


def collections_text(record: Record) -> str:
    """A line a collection."""
    lines = [_collection(entry) for entry in record["collections"]]
    return "\n".join(lines) or "There is no collection: nothing was ingested yet."


def documents_text(record: Record) -> str:
    """A line a document."""
    shown, total = len(record["documents"]), record["total"]
    lines = [f"{shown} of {total} documents in collection {inert_line(record['collection'])}:"]
    lines += [
        f"- {inert_line(row['source'])}, {row['chars']:,} characters" for row in record["documents"]
    ]
    if record["next_offset"] is not None:
        lines.append(f"More follow: offset={record['next_offset']}.")
    return "\n".join(lines)


def search_text(record: Record) -> str:
    """The passages, best first."""
    nodes = record["nodes"]
    many = "1 passage" if len(nodes) == 1 else f"{len(nodes)} passages"
    lines = [f"{many}, best first:" if nodes else "No passage was found."]
    for node in nodes:
        lines += ["", f"{node['rank']}. {inert_line(label(node['metadata']))}, {_place(node)}"]
        lines += _quoted(node["text"])
    return "\n".join([*lines, *_notes(record)])


def ask_text(record: Record) -> str:
    """The answer, and the sentences that it rests on."""
    refused = "The documents do not tell. The model's words:"
    lines = [refused if record["refused"] else "Answer:", *_quoted(record["answer"])]
    if record["citations"]:
        lines += ["", "It rests on:"]
    for citation in record["citations"]:
        lines.append(f"[{citation['n']}] {inert_line(citation['label'])}, {_place(citation)}")
        lines += _quoted(citation["text"])
    return "\n".join([*lines, *_notes(record)])


def span_text(record: Record) -> str:
    """The text, part by part."""
    source = inert_line(record["source"])
    lines = [f"{source}, {_place(record)} of {record['chars']:,}:"]
    for passage in record["passages"]:
        lines += ["", f"{inert_line(passage['label'])}, {_place(passage)}"]
        lines += _quoted(passage["text"])
    return "\n".join(lines)


def _collection(entry: Record) -> str:
    default = " (default)" if entry["default"] else ""
    name = f"- {inert_line(entry['name'])}{default}"
    if entry["problem"]:
        return f"{name}: {inert_line(entry['problem'])}"
    return f"{name}: {entry['documents']} documents"


def _place(record: Record) -> str:
    return f"characters {record['start_char']}-{record['end_char']}"


def _quoted(text: str) -> Iterator[str]:
    # inert() leaves line feeds as the only ends of lines that there are.
    yield from (f"> {line}" for line in inert(text).split("\n"))


def _notes(record: Record) -> Iterable[str]:
    return (f"\nNote: {inert_line(note)}" for note in record.get("notes", ()))
