"""`transcript terms`: a glossary to begin with, from documents that are written well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import ConfigError, YomitokiError
from pipelines.indexing import read_documents
from storage.cleaning.glossary_terms import CountedTerm, terms_of
from tools.command_line import Invocation


def write_terms(
    run: Invocation, paths: Sequence[Path], least_count: int, least_morae: int, out: Path | None
) -> None:
    """Print the terms of documents as a glossary, or write it.

    Args:
        paths: Files and folders of slides, papers, notes; not the transcript itself.
        least_count: Of a term in all of them, from 1.
        least_morae: Of a term, from 1.
        out: Where to write it; never over a file that is there.

    Raises:
        ConfigError: A path does not exist, or `out` does.
        YomitokiError: Nothing could be read, there are no terms, or `out` can't be written.
    """
    if out is not None and out.exists():
        raise ConfigError(f"--out: {out}: is there already: name another one, or delete it")
    documents, failed = read_documents(run.load().settings.reader, list(paths))
    for failure in failed:
        run.output.note(f"{failure.source}: {failure.reason}")
    if not documents:
        raise YomitokiError("no document could be read: give files or folders that ingest reads")
    terms = terms_of([document.text for document in documents], least_count, least_morae)
    if not terms:
        raise YomitokiError(
            f"no term stands {least_count} times in {len(documents)} documents: lower --min-count"
        )
    if run.output.json:
        run.output.record({"terms": [{"term": t.text, "count": t.count} for t in terms]})
    elif out is None:
        run.output.piece(_yaml(terms))
    if out is not None:
        try:
            out.write_text(_yaml(terms), encoding="utf-8", newline="\n")
        except OSError as error:
            raise YomitokiError(f"--out: {out}: cannot be written: {error.strerror}") from error
    written = f", written to {out}" if out is not None else ""
    run.output.note(f"{len(terms):,} terms of {len(documents)} documents{written}")


def _yaml(terms: Sequence[CountedTerm]) -> str:
    """A list of terms, each with its count; a term in quotation marks is always text."""
    return "".join(
        f"- {json.dumps(term.text, ensure_ascii=False)}  # {term.count}\n" for term in terms
    )
