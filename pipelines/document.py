"""The document as ingested, its sections, and where a node says it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from llama_index.core.schema import BaseNode, Document, MetadataMode

SECTIONS_KEY = "sections"
# Metadata of a node that another collection than the pipeline's holds: its name.
COLLECTION_KEY = "collection"
# Metadata of a node found alone and read with its neighbours: the window's text; with the
# suffixes _start_char and _end_char its span, and with _speaker, _t_start, _t_end and
# _speaker_turns who said it and when.
WINDOW_KEY = "window"
# Metadata of a node whose text was cleaned: [start, end, replacement] of the document's text each.
CORRECTIONS_KEY = "corrections"
# Metadata of a node of the web: whether it is of a "snippet" or of a "page", and when that was
# fetched (UTC, ISO 8601). Its span counts into the text that was fetched then.
WEB_KEY = "web"
FETCHED_KEY = "fetched_at"
# Metadata of a node of a hierarchy: the name of its level (section, paragraph, sentence …).
LEVEL_KEY = "level"


@dataclass(frozen=True)
class Section:
    """A stretch of a document whose nodes share metadata (a heading, a page, a speaker turn).

    `start_char` and `end_char` count characters of the document's text; end is exclusive.
    Sections of one document are in order and do not overlap. Metadata keys in use: `heading`
    (the trail, " > " between levels), `page` (1-based), `row` (1-based), and for transcripts
    `recording`, `recording_id`, `recorded_at`, `speaker`, `t_start`, `t_end` (seconds).
    """

    start_char: int
    end_char: int
    metadata: dict[str, Any] = field(default_factory=dict)


def make_document(text: str, source: str, sections: list[Section], **metadata: Any) -> Document:
    """A LlamaIndex document that carries its sections to our node parsers.

    Args:
        text: The text that all spans count into; it is never changed afterwards.
        source: Path relative to the ingested folder, "/" between parts.
        sections: In order, not overlapping; text outside of them has no section metadata.
        metadata: Further metadata that every node inherits.
    """
    return Document(
        text=text,
        metadata={
            "source": source,
            **metadata,
            SECTIONS_KEY: [[s.start_char, s.end_char, s.metadata] for s in sections],
        },
        excluded_embed_metadata_keys=[SECTIONS_KEY],
        excluded_llm_metadata_keys=[SECTIONS_KEY],
    )


def document_sections(document: BaseNode) -> list[Section]:
    """The sections that `make_document` stored; a plain LlamaIndex document has none."""
    return [Section(s, e, dict(m)) for s, e, m in document.metadata.get(SECTIONS_KEY, [])]


def span(node: BaseNode) -> tuple[int, int]:
    """Start and end (exclusive) of a node in its document's text, in characters.

    Raises:
        ValueError: The node carries no span.
    """
    start = getattr(node, "start_char_idx", None)
    end = getattr(node, "end_char_idx", None)
    if start is None or end is None:
        raise ValueError(f"node {node.node_id}: no character span")
    return start, end


def cleaned_text(node: BaseNode) -> str:
    """A node's text with its document's corrections: what is embedded, indexed and read.

    The text itself stays the document's, for spans and quotations. A correction that a border of
    the node cuts is not made.
    """
    text = node.get_content(MetadataMode.NONE)
    corrections = node.metadata.get(CORRECTIONS_KEY)
    if not corrections:
        return text
    start, end = span(node)
    if len(text) != end - start:
        return text  # not a slice of the document
    pieces, at = [], start
    for first, last, replacement in corrections:
        if at <= first and last <= end:
            pieces += [text[at - start : first - start], replacement]
            at = last
    return "".join([*pieces, text[at - start :]])


def embedded_text(node: BaseNode) -> str:
    """What is embedded and indexed of a node: metadata that finds it, and its cleaned text."""
    if CORRECTIONS_KEY not in node.metadata:
        return node.get_content(MetadataMode.EMBED)
    read = node.model_copy(update={"text": cleaned_text(node)})
    return read.get_content(MetadataMode.EMBED)


def clock(seconds: float) -> str:
    """Seconds as 12:34, or 1:02:03 from an hour on."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes:02d}:{second:02d}"


def label(metadata: dict[str, Any]) -> str:
    """How a citation names its place: ``lecture.md [12:34–12:58] SPEAKER_0``."""
    parts = [str(metadata.get("source", "?"))]
    if "t_start" in metadata and "t_end" in metadata:
        parts.append(f"[{clock(metadata['t_start'])}–{clock(metadata['t_end'])}]")
    if metadata.get("speaker"):
        parts.append(str(metadata["speaker"]))
    if "page" in metadata:
        parts.append(f"p.{metadata['page']}")
    if "row" in metadata:
        parts.append(f"row {metadata['row']}")
    if FETCHED_KEY in metadata:
        parts.append(f"(web, {str(metadata[FETCHED_KEY])[:10]})")
    return " ".join(parts)
